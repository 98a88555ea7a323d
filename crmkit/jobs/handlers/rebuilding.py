"""Jobs that make anew what follows from records: the past of leads, words of search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core import rebuild_past, rebuild_search
from crmkit.hooks import JobKind

if TYPE_CHECKING:
    from crmkit.jobs.run import JobRun

_SEARCHED = ("lead", "contact", "activity")


def past(job: JobRun) -> None:
    """Follow every lead back through its events, some a unit."""
    after: int | None = int(job.checkpoint.get("after", 0))
    while after is not None:
        with job.work() as uow:
            after = rebuild_past(uow, after)
            if after is None:
                job.finish(uow)
            else:
                job.save(uow, {"after": after}, done=after)


def search(job: JobRun) -> None:
    """Write the words of every record anew, some a unit."""
    place, after = job.checkpoint.get("place", 0), job.checkpoint.get("after", 0)
    while place < len(_SEARCHED):
        with job.work() as uow:
            further = rebuild_search(uow, _SEARCHED[place], after)
            place, after = (place + 1, 0) if further is None else (place, further)
            job.save(uow, {"place": place, "after": after})
            if place == len(_SEARCHED):
                job.finish(uow)


JOBS = (JobKind("rebuild_past", past), JobKind("rebuild_search", search))
