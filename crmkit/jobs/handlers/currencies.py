"""Base amounts follow the exchange rates, and a new base currency."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core import mark, refresh_base_amounts
from crmkit.hooks import DailyAt, JobKind, JobSchedule

if TYPE_CHECKING:
    from crmkit.jobs.run import JobRun


def run(job: JobRun) -> None:
    """Give leads the base amounts of the rates of their days, 500 at a time."""
    closed = bool(job.arguments.get("closed"))
    after: int | None = int(job.checkpoint.get("after", 0))
    while after is not None:
        with job.work() as uow:
            after = refresh_base_amounts(uow, after, closed=closed)
            if after is None:
                job.finish(uow)
            else:
                job.save(uow, {"after": after})


JOBS = (JobKind("refresh_base_amounts", run, mark("Amounts in the base currency")),)
# A rate may be entered for a day to come; on that day open leads take it.
SCHEDULES = (
    JobSchedule("refresh_base_amounts", "refresh_base_amounts", DailyAt(0, 5)),
)
