"""Taking back a change of many records: a batch at a time, by a job."""

import pytest

from crmkit.core import LeadDraft, begin_undo, create_leads, undo_change
from crmkit.core.undo.changes import NothingToUndoError, OthersChangeError


def test_a_long_change_is_undone_a_batch_at_a_time(kit):
    with kit.work() as uow:
        create_leads(uow, [LeadDraft(name=f"Lead {n}") for n in range(7)])
        change_id = uow.change_id
    before, records = None, 0
    while True:
        with kit.work() as uow:
            undone = undo_change(uow, change_id, before=before, limit=3)
        records += undone.records
        before = undone.before
        if before is None:
            break
    assert records == 7


def test_a_large_change_is_undone_by_a_job(kit, monkeypatch):
    monkeypatch.setattr("crmkit.core.undo.changes.BATCH", 5)
    with kit.work(kit.ann) as uow:
        create_leads(uow, [LeadDraft(name=f"Lead {n}") for n in range(7)])
        change_id = uow.change_id
    with pytest.raises(OthersChangeError), kit.work(kit.bob) as uow:
        begin_undo(uow, change_id)
    with kit.work(kit.ann) as uow:
        job_id = begin_undo(uow, change_id)
    with kit.work(kit.ann) as uow:
        assert begin_undo(uow, change_id) == job_id
    (job,) = kit.run_jobs()
    assert (job.id, job.state) == (job_id, "done")
    assert (job.result, job.total) == ({"records": 7, "kept": 0}, 7)
    with pytest.raises(NothingToUndoError), kit.work(kit.ann) as uow:
        begin_undo(uow, change_id)
