"""The bin is emptied of what was deleted long ago."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from crmkit.core import purge_batch
from crmkit.hooks import DailyAt, JobKind, JobSchedule

if TYPE_CHECKING:
    from crmkit.jobs.run import JobRun

_ENTITIES = ("lead", "contact")


def purge(job: JobRun) -> None:
    """Remove leads, then contacts, a hundred a unit."""
    counts = Counter(job.checkpoint.get("counts", {}))
    place, after = job.checkpoint.get("place", 0), job.checkpoint.get("after", 0)
    while place < len(_ENTITIES):
        with job.work() as uow:
            gone, kept, further = purge_batch(uow, _ENTITIES[place], after)
            counts.update({"purged": gone, "kept": kept})
            place, after = (place + 1, 0) if further is None else (place, further)
            done = {"counts": dict(counts), "place": place, "after": after}
            job.save(uow, done, done=counts["purged"])
            if place == len(_ENTITIES):
                job.finish(uow, dict(counts))


JOBS = (JobKind("purge_bin", purge),)
SCHEDULES = (JobSchedule("purge_bin", "purge_bin", DailyAt(3, 10)),)
