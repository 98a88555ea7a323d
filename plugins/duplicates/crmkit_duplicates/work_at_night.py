"""The job that keeps what was written while the plugin was off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit_duplicates import domains

if TYPE_CHECKING:
    from crmkit.jobs import JobRun

NAME = "duplicates.catch_up"


def catch_up(job: JobRun) -> None:
    """Keep the mail domains that are missing, a batch a unit."""
    done = job.checkpoint.get("done", 0)
    while True:
        with job.work() as uow:
            kept = domains.catch_up(uow)
            done += kept
            job.save(uow, {"done": done}, done=done, total=done)
            if not kept:
                job.finish(uow, {"kept": done})
                return
