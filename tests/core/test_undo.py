"""Taking changes back, one and many, on every field of the catalogue."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from crmkit.core import (
    ContactDraft,
    CrmError,
    Kept,
    Lead,
    LeadDraft,
    LostReason,
    NameDraft,
    NoteDraft,
    NotFoundError,
    RefusedByPluginError,
    Status,
    add_named,
    add_note,
    archive_lead,
    create_contact,
    create_lead,
    create_leads,
    delete_contact,
    delete_lead,
    edit_contact,
    edit_lead,
    events_of,
    fields_of,
    get_contact,
    get_deleted_lead,
    get_lead,
    get_leads,
    get_stage,
    lose_lead,
    move_lead,
    restore_lead,
    tags_of,
    undo_change,
    win_lead,
)
from crmkit.core.undo.changes import NothingToUndoError, OthersChangeError
from crmkit.hooks import Refusal, check_lead_move, lead_lost, lead_moved
from crmkit.testing import sample_plugin

MOVING = {"updated_at", "stage_entered_at", "assigned_at"}
"""Derived from when a change was made, so not what an undo brings back."""


def state(kit, lead_id):
    """The value of every field of the catalogue, by name."""
    with kit.read() as uow:
        columns = [
            field.column.label(name)
            for name, field in fields_of(uow, "lead").items()
            if name not in MOVING and field.computed is None
        ]
        row = uow.session.execute(select(*columns).where(Lead.id == lead_id)).one()
        more = uow.session.execute(
            select(
                Lead.probability_is_manual,
                Lead.automatic_probability,
                Lead.base_weighted,
                Lead.deleted_at,
                Lead.name_folded,
                Lead.company_folded,
                Lead.contact_folded,
                Lead.email_normalized,
                Lead.phone_e164,
            ).where(Lead.id == lead_id)
        ).one()
        return {**row._mapping, **more._mapping, "tags": tags_of(uow, lead_id)}  # noqa: SLF001


def do(kit, action, lead_id, who=None):
    """Do `action` as one change, and give its id."""
    with kit.work(who) as uow:
        found = get_leads(uow, [lead_id])
        lead = found[0] if found else get_deleted_lead(uow, lead_id)
        action(uow, lead)
        return uow.change_id


def undo(kit, change_id, who=None):
    with kit.work(who) as uow:
        return undo_change(uow, change_id)


def lose(uow, lead):
    reasons = {
        reason.name: reason for reason in uow.session.scalars(select(LostReason))
    }
    reason = reasons.get("Price") or add_named(uow, LostReason, NameDraft(name="Price"))
    lose_lead(uow, lead, reason, "Too dear")


def edit(**changes):
    return lambda uow, lead: edit_lead(uow, lead, changes)


def move(stage_id):
    return lambda uow, lead: move_lead(uow, lead, get_stage(uow, stage_id))


ACTIONS = {
    "win": win_lead,
    "lose": lose,
    "archive": archive_lead,
    "delete": delete_lead,
    "restore": restore_lead,
    "to proposal": move(2),
    "to won": move(3),
    "to new": move(1),
    "rename": edit(name="Filter plant", company_name="Hydrolis"),
    "empty": edit(company_name=None, email=None, phone=None, expected_close=None),
    "call": edit(phone="04 65 71 01 42", email="Ann@Hydrolis.example", country="FR"),
    "price": edit(expected_revenue="48500.55", currency="USD"),
    "base price": edit(expected_revenue="12.34", currency="EUR"),
    "by hand": edit(probability="72.5"),
    "automatic": edit(probability=None),
    "tag": edit(tags=["Water", "Key account"]),
    "untag": edit(tags=[]),
    "give away": edit(owner_id=2, team_id=None),
    "to oslo": edit(team_id=2, owner_id=4),
    "source": edit(source="Fair", medium="Phone", campaign="Autumn"),
    "no source": edit(source=None),
    "date": edit(expected_close=date(2027, 3, 31), priority=3),
}


IDLE = {"restore", "to new", "automatic", "no source"}
"""Actions that change nothing of a new lead."""


@pytest.mark.parametrize("name", sorted(ACTIONS.keys() - IDLE))
def test_one_change_is_taken_back(kit, name):
    lead = kit.lead(company_name="Aqua", expected_revenue=100, tags=("Old",))
    before = state(kit, lead.id)
    change_id = do(kit, ACTIONS[name], lead.id)
    undone = undo(kit, change_id)
    assert (undone.records, undone.kept, undone.before) == (1, [], None)
    assert state(kit, lead.id) == before


@pytest.mark.parametrize("first", ["win", "lose", "archive", "delete", "by hand"])
def test_a_restore_is_taken_back_too(kit, first):
    lead = kit.lead(expected_revenue=100)
    do(kit, ACTIONS[first], lead.id)
    before = state(kit, lead.id)
    change_id = do(kit, restore_lead, lead.id)
    undo(kit, change_id)
    assert state(kit, lead.id) == before


@given(names=st.lists(st.sampled_from(sorted(ACTIONS)), min_size=1, max_size=7))
def test_changes_undone_newest_first_give_the_first_state(kit, names):
    lead = kit.lead(company_name="Aqua", expected_revenue=100, tags=("Old",))
    first = state(kit, lead.id)
    done = []
    for name in names:
        kit.crm.clock.advance(minutes=1)
        before = state(kit, lead.id)
        try:
            change_id = do(kit, ACTIONS[name], lead.id)
        except CrmError:  # not possible as the lead stands now
            continue
        if state(kit, lead.id) != before:
            done.append((change_id, before))
    for change_id, before in reversed(done):
        undo(kit, change_id)
        assert state(kit, lead.id) == before
    assert state(kit, lead.id) == first


def test_several_changes_of_one_unit_are_taken_back_together(kit):
    lead = kit.lead()
    before = state(kit, lead.id)

    def work(uow, lead):
        for name in ("rename", "to proposal", "tag", "price", "by hand", "win"):
            ACTIONS[name](uow, lead)

    undo(kit, do(kit, work, lead.id))
    assert state(kit, lead.id) == before


def test_an_undo_is_itself_undone(kit):
    lead = kit.lead()
    change_id = do(kit, ACTIONS["rename"], lead.id)
    renamed = state(kit, lead.id)
    with kit.work() as uow:
        undo_change(uow, change_id)
        undoing = uow.change_id
    undo(kit, undoing)
    assert state(kit, lead.id) == renamed


def test_the_creation_of_leads_is_taken_back_into_the_bin(kit):
    with kit.work(kit.ann) as uow:
        leads = create_leads(uow, [LeadDraft(name="One"), LeadDraft(name="Two")])
        change_id = uow.change_id
    undone = undo(kit, change_id, kit.ann)
    assert (undone.records, undone.kept) == (2, [])
    for lead in leads:
        with pytest.raises(NotFoundError):
            kit.fresh(lead)


def test_a_created_lead_that_was_changed_since_stays(kit):
    with kit.work() as uow:
        lead, _ = create_leads(uow, [LeadDraft(name="One"), LeadDraft(name="Two")])
        change_id = uow.change_id
    do(kit, ACTIONS["date"], lead.id)
    undone = undo(kit, change_id)
    assert undone.records == 1
    assert undone.kept == [Kept("lead", lead.id, "One", ("lead.created",))]
    assert kit.fresh(lead).priority == 3


def test_what_somebody_changed_since_stays_and_is_listed(kit):
    lead = kit.lead()
    change_id = do(kit, edit(name="Mine", priority=3), lead.id)
    do(kit, edit(name="Theirs"), lead.id)
    undone = undo(kit, change_id)
    assert undone.kept == [Kept("lead", lead.id, "Theirs", ("name",))]
    fresh = kit.fresh(lead)
    assert (fresh.name, fresh.priority) == ("Theirs", 0)


def test_tags_that_somebody_changed_since_stay_and_are_listed(kit):
    lead = kit.lead(tags=("Old",))
    change_id = do(kit, edit(tags=["Mine"], priority=1), lead.id)
    do(kit, edit(tags=["Theirs"]), lead.id)
    undone = undo(kit, change_id)
    assert undone.kept == [Kept("lead", lead.id, "Pump station", ("tags",))]
    assert state(kit, lead.id)["tags"] == ["Theirs"]


def test_an_undo_is_a_new_change_that_names_the_old(kit):
    lead = kit.lead()
    change_id = do(kit, ACTIONS["rename"], lead.id, kit.ann)
    with kit.work(kit.ann) as uow:
        undo_change(uow, change_id)
        event = events_of(uow, "lead", lead.id, before=None, limit=1)[0]
        assert (event.undoes, event.change_id) == (change_id, uow.change_id)
        assert event.values["name"] == ["Filter plant", "Pump station"]
        assert (event.version, uow.undoes) == (3, None)


def test_a_change_is_undone_once(kit):
    lead = kit.lead()
    change_id = do(kit, ACTIONS["rename"], lead.id)
    undo(kit, change_id)
    with pytest.raises(NothingToUndoError, match="this was undone already"):
        undo(kit, change_id)


def test_a_change_that_never_was_is_not_undone(kit):
    with pytest.raises(NothingToUndoError):
        undo(kit, "0" * 32)


def test_who_made_a_change_or_a_manager_undoes_it(kit):
    lead = kit.lead()
    change_id = do(kit, ACTIONS["rename"], lead.id, kit.ann)
    with pytest.raises(OthersChangeError, match="Only who made this change"):
        undo(kit, change_id, kit.tom)
    assert undo(kit, change_id, kit.max).records == 1


def test_what_the_actor_sees_no_more_he_does_not_undo(kit):
    lead = kit.lead()
    change_id = do(kit, ACTIONS["rename"], lead.id, kit.ann)
    do(kit, edit(owner_id=kit.bob), lead.id)
    with pytest.raises(NotFoundError):
        undo(kit, change_id, kit.ann)
    assert kit.fresh(lead).name == "Filter plant"


def test_a_note_is_not_taken_back(kit):
    lead = kit.lead()

    def work(uow, lead):
        edit_lead(uow, lead, {"priority": 2})
        add_note(uow, lead, NoteDraft(text="She rang"))

    undone = undo(kit, do(kit, work, lead.id))
    assert undone.records == 1
    assert kit.fresh(lead).priority == 0
    assert undone.kept


def test_a_plugins_check_may_refuse_the_way_back(make_kit):
    @check_lead_move.impl
    def refuse(ctx):
        return Refusal("Not back.") if ctx.stage.name == "New" else None

    kit = make_kit(sample_plugin("strict", refuse))
    lead = kit.lead()
    change_id = do(kit, move(2), lead.id)
    with pytest.raises(RefusedByPluginError, match=r"Not back\."):
        undo(kit, change_id)
    assert kit.fresh(lead).stage_id == kit.proposal


def test_plugins_are_told_of_the_way_back(make_kit):
    told = []
    kit = make_kit(
        sample_plugin(
            "listening",
            lead_moved.impl(lambda ctx: told.append(("moved", len(ctx.leads)))),
            lead_lost.impl(lambda ctx: told.append(("lost", len(ctx.leads)))),
        )
    )
    lead = kit.lead()
    moved = do(kit, move(2), lead.id)
    undo(kit, moved)
    do(kit, lose, lead.id)
    restored = do(kit, restore_lead, lead.id)
    undo(kit, restored)
    assert told == [("moved", 1), ("moved", 1), ("lost", 1), ("lost", 1)]
    assert kit.fresh(lead).status is Status.LOST


def contact_state(kit, contact_id):
    with kit.read() as uow:
        contact = get_contact(uow, contact_id)
        return {
            column.name: getattr(contact, column.name)
            for column in type(contact).__table__.columns
            if column.name not in {"version", "updated_at"}
        }


def test_changes_of_a_contact_are_taken_back(kit):
    with kit.work() as uow:
        draft = ContactDraft(name="Zoë", email="zoe@hydrolis.example")
        contact = create_contact(uow, draft)
    before = contact_state(kit, contact.id)
    with kit.work() as uow:
        contact = get_contact(uow, contact.id)
        changes = {"name": "Zoë Martin", "email": None, "phone": "04 65 71 01 42"}
        edit_contact(uow, contact, changes)
        edited = uow.change_id
    with kit.work() as uow:
        delete_contact(uow, get_contact(uow, contact.id))
        deleted = uow.change_id
    undo(kit, deleted)
    undo(kit, edited)
    assert contact_state(kit, contact.id) == before


def test_the_creation_of_a_contact_is_taken_back(kit):
    with kit.work() as uow:
        contact = create_contact(uow, ContactDraft(name="Zoë"))
        change_id = uow.change_id
    undo(kit, change_id)
    with kit.read() as uow, pytest.raises(NotFoundError):
        get_contact(uow, contact.id)


def test_a_creation_is_taken_back_when_what_came_after_was(kit):
    with kit.work(kit.ann) as uow:
        lead_id, created = create_lead(uow, LeadDraft(name="Pump")).id, uow.change_id
    with kit.work(kit.ann) as uow:
        edit_lead(uow, get_lead(uow, lead_id), {"name": "Pumps"})
        edited = uow.change_id
    with kit.work(kit.ann) as uow:
        assert undo_change(uow, edited).records == 1
    with kit.work(kit.ann) as uow:
        undone = undo_change(uow, created)
        assert (undone.records, undone.kept) == (1, [])
    with kit.read(kit.ann) as uow, pytest.raises(NotFoundError):
        get_lead(uow, lead_id)


def test_an_undo_gives_back_since_when_it_stood_and_was_whose(kit, clock):
    lead = kit.lead(owner_id=kit.ann)
    clock.advance(days=2)
    moved = do(kit, ACTIONS["to proposal"], lead.id)
    given = do(kit, edit(owner_id=kit.oli), lead.id)
    clock.advance(days=2)
    undo(kit, given)
    undo(kit, moved)
    fresh = kit.fresh(lead)
    assert fresh.stage_entered_at == lead.stage_entered_at
    assert (fresh.owner_id, fresh.assigned_at) == (kit.ann, lead.assigned_at)
