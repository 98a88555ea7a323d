"""One change of many leads: what is foretold happens, and all of it can go back."""

from io import BytesIO

import pytest

from crmkit.core import (
    Attachment,
    BulkChange,
    BulkDraft,
    ContactDraft,
    CrmError,
    LeadDraft,
    NoteDraft,
    add_note,
    attach_file,
    create_contact,
    create_leads,
    delete_contact,
    delete_lead,
    events_of,
    get_contact,
    get_job,
    get_lead,
    list_rows,
    preview_bulk,
    purge_batch,
    read_lead,
    start_bulk,
    undo_change,
)
from crmkit.hooks import RecordsPurge, Refusal, check_purge
from crmkit.testing import sample_plugin


def crowd(kit, count=120):
    with kit.work(kit.ann) as uow:
        drafts = [
            LeadDraft(name=f"Lead {n}", priority=n % 4, tags=("old",) if n % 2 else ())
            for n in range(count)
        ]
        return [lead.id for lead in create_leads(uow, drafts)]


def everything(kit, ids):
    """What scripts read of leads, but for what only says when."""
    gone = {"version", "updated_at", "stage_entered_at", "assigned_at"}
    with kit.read(kit.eve) as uow:
        return [
            {k: v for k, v in read_lead(uow, i).items() if k not in gone} for i in ids
        ]


def run(kit, who, draft):
    with kit.work(who) as uow:
        job_id = start_bulk(uow, draft)
    kit.run_jobs()
    with kit.read(who) as uow:
        job = get_job(uow, job_id)
        return job, list_rows(uow, job_id, limit=1000)


CHANGE = BulkChange(
    set={"priority": 3, "city": "Lyon"}, add_tags=("new",), remove_tags=("old",)
)


def test_a_change_of_many_leads_does_what_was_foretold_and_goes_back(kit):
    ids = crowd(kit)
    before = everything(kit, ids)
    draft = BulkDraft(filter="priority < 3", change=CHANGE)
    with kit.work(kit.ann) as uow:
        preview = preview_bulk(uow, draft, str)
    assert (preview.count, preview.tried) == (90, 50)
    assert preview.outcomes == {"changed": 50}
    assert everything(kit, ids) == before
    job, rows = run(kit, kit.ann, draft)
    assert job.result == {"changed": 90}
    assert {row["outcome"].value for row in rows} == {"changed"}
    after = everything(kit, ids)
    assert sum(lead["address"]["city"] == "Lyon" for lead in after) == 90
    assert all("old" not in lead["tags"] for lead in after if lead["priority"] < 3)
    with kit.work(kit.ann) as uow:
        undo_change(uow, job.change_id)
    assert everything(kit, ids) == before


def test_a_lead_that_cannot_be_changed_says_why_and_the_others_go_on(kit):
    ids = crowd(kit, 4)
    with kit.work(kit.ann) as uow:
        delete_lead(uow, get_lead(uow, ids[3]))
    draft = BulkDraft(ids=tuple(ids), change=BulkChange(action="win"))
    job, rows = run(kit, kit.ann, draft)
    assert job.result == {"changed": 3}
    lost = BulkDraft(ids=tuple(ids), change=BulkChange(action="lose"))
    job, rows = run(kit, kit.ann, lost)
    assert job.result == {"refused": 3}
    assert all(row["sentence"].endswith(".") for row in rows)
    back = BulkDraft(ids=tuple(ids), change=BulkChange(action="restore"))
    job, rows = run(kit, kit.ann, back)
    assert job.result == {"changed": 4}


def test_only_leads_that_the_actor_sees_are_changed(kit):
    ids = crowd(kit, 4)
    draft = BulkDraft(ids=tuple(ids), change=CHANGE)
    job, rows = run(kit, kit.oli, draft)
    assert (job.result, rows) == ({}, [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"change": CHANGE},
        {"ids": (1,), "filter": "id = 1", "change": CHANGE},
        {"ids": (1,), "change": BulkChange()},
        {"filter": "nothing = 1", "change": CHANGE},
    ],
)
def test_a_change_that_says_too_little_or_too_much_is_refused(kit, wrong):
    with pytest.raises(CrmError), kit.work(kit.ann) as uow:
        start_bulk(uow, BulkDraft(**wrong))


def test_what_was_in_the_bin_for_long_goes_for_ever(kit, clock):
    ids = crowd(kit, 3)
    with kit.work(kit.eve) as uow:
        gone = get_lead(uow, ids[0])
        add_note(uow, gone, NoteDraft(text="Private"))
        file = attach_file(uow, gone, BytesIO(b"Private"), "private.txt")
        contact = create_contact(uow, ContactDraft(name="Gone"))
        delete_contact(uow, get_contact(uow, contact.id))
        delete_lead(uow, get_lead(uow, ids[0]))
    clock.advance(days=89)
    with kit.work(kit.eve) as uow:
        delete_lead(uow, get_lead(uow, ids[1]))
        assert purge_batch(uow, "lead") == (0, 0, None)
    clock.advance(days=2)
    with kit.work(kit.eve) as uow:
        assert purge_batch(uow, "lead") == (1, 0, None)
        assert purge_batch(uow, "contact") == (1, 0, None)
    with kit.read(kit.eve) as uow:
        past = events_of(uow, "lead", ids[0], before=None, limit=9)
        assert uow.session.get(Attachment, file.id) is None
    assert [event.kind for event in past][:2] == ["lead.purged", "lead.deleted"]
    assert all(event.values == {} for event in past)


@check_purge.impl
def keep_even(ctx: RecordsPurge) -> Refusal | None:
    return Refusal("By law.") if any(n % 2 == 0 for n in ctx.ids) else None


def test_a_plugin_keeps_records_that_must_stay(make_kit, clock):
    kit = make_kit(sample_plugin("keeper", keep_even))
    ids = crowd(kit, 4)
    with kit.work(kit.eve) as uow:
        for number in ids:
            delete_lead(uow, get_lead(uow, number))
    clock.advance(days=100)
    with kit.work(kit.eve) as uow:
        assert purge_batch(uow, "lead") == (2, 2, None)
