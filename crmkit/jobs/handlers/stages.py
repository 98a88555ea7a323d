"""Jobs on stages: one goes, and its leads go to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core import empty_batch
from crmkit.hooks import JobKind

if TYPE_CHECKING:
    from crmkit.jobs.run import JobRun


def empty_stage(job: JobRun) -> None:
    """Move the leads of a stage to another, a batch a unit, then take it out."""
    moved, is_out = job.checkpoint.get("moved", 0), False
    while not is_out:
        with job.work() as uow:
            asked = job.arguments
            count, is_out = empty_batch(uow, asked["stage_id"], asked["heir_id"])
            moved += count
            total = max(job.arguments["count"], moved)
            job.save(uow, {"moved": moved}, done=moved, total=total)
            if is_out:
                job.finish(uow, {"moved": moved})


JOBS = (JobKind("empty_stage", empty_stage),)
