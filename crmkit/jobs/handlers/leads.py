"""Jobs on leads: a change of many."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from crmkit.core import BulkDraft, change_batch, note_rows
from crmkit.hooks import JobKind

if TYPE_CHECKING:
    from crmkit.jobs.run import JobRun


def change_leads(job: JobRun) -> None:
    """Change the leads of a draft, a batch a unit."""
    draft = BulkDraft.model_validate(job.arguments["draft"])
    until, total = job.arguments["until"], job.arguments["count"]
    outcomes = Counter(job.checkpoint.get("outcomes", {}))
    done, after = job.checkpoint.get("done", 0), job.checkpoint.get("after", 0)
    while after is not None:
        with job.work() as uow:
            rows, after = change_batch(uow, draft.after(done), (after, until), str)
            note_rows(uow, job.id, rows)
            outcomes.update(row.outcome.value for row in rows)
            done += len(rows)
            kept = {"outcomes": dict(outcomes), "done": done, "after": after}
            job.save(uow, kept, done=done, total=max(total, done))
            if after is None:
                job.finish(uow, dict(outcomes))


JOBS = (
    JobKind("change_leads", change_leads),
    JobKind("change_contacts", change_leads),
)
