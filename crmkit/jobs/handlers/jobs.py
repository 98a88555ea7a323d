"""Old jobs are forgotten: what was done after a month, what failed after three."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from crmkit.core.jobs.changes import purge_jobs
from crmkit.hooks import DailyAt, JobKind, JobSchedule

if TYPE_CHECKING:
    from crmkit.jobs.run import JobRun

DONE_DAYS = 30
FAILED_DAYS = 90
_BATCH = 500


def run(job: JobRun) -> None:
    """Remove what is old, a few hundred rows at a time."""
    removed = int(job.checkpoint.get("removed", 0))
    while True:
        with job.work() as uow:
            now = uow.now()
            count = purge_jobs(
                uow,
                now - timedelta(days=DONE_DAYS),
                now - timedelta(days=FAILED_DAYS),
                limit=_BATCH,
            )
            removed += count
            job.save(uow, {"removed": removed}, done=removed)
            if count < _BATCH:
                job.finish(uow, {"removed": removed})
                return


JOBS = (JobKind("purge_jobs", run),)
SCHEDULES = (JobSchedule("purge_jobs", "purge_jobs", DailyAt(3, 40)),)
