"""Jobs on changes: taking a large one back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core import undo_change
from crmkit.hooks import JobKind

if TYPE_CHECKING:
    from crmkit.jobs.run import JobRun

_BATCH = 50


def undo(job: JobRun) -> None:
    """Take a change back, its newest events first, a batch a unit."""
    records = job.checkpoint.get("records", 0)
    kept = job.checkpoint.get("kept", 0)
    before = job.checkpoint.get("before")
    while True:
        with job.work() as uow:
            change_id = job.arguments["change_id"]
            undone = undo_change(uow, change_id, before=before, limit=_BATCH)
            records, kept = records + undone.records, kept + len(undone.kept)
            before = undone.before
            mark = {"records": records, "kept": kept, "before": before}
            job.save(uow, mark, done=records, total=job.arguments.get("events"))
            if before is None:
                job.finish(uow, {"records": records, "kept": kept})
                return


JOBS = (JobKind("undo_change", undo),)
