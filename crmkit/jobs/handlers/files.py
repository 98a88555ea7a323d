"""Files that were taken away long ago go, and bytes that nothing needs any more."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from crmkit.core import collect_blobs, purge_attachments
from crmkit.hooks import DailyAt, JobKind, JobSchedule

if TYPE_CHECKING:
    from crmkit.jobs.run import JobRun

# A blob may have a hundred parts, and what is removed holds up who writes.
_BLOBS = 20
_FILES = 500


def run(job: JobRun) -> None:
    """Remove what may go, a few at a time."""
    removed = int(job.checkpoint.get("removed", 0))
    while True:
        with job.work() as uow:
            before = uow.now() - timedelta(days=uow.settings.bin_days)
            files = purge_attachments(uow, before, limit=_FILES)
            blobs = collect_blobs(uow, limit=_BLOBS)
            removed += blobs
            job.save(uow, {"removed": removed}, done=removed)
            if files < _FILES and blobs < _BLOBS:
                job.finish(uow, {"removed": removed})
                return


JOBS = (JobKind("purge_files", run),)
SCHEDULES = (JobSchedule("purge_files", "purge_files", DailyAt(3, 50)),)
