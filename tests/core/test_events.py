"""One history: each change of a lead is an event, and lead_past is made with it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from crmkit.core import (
    ActivityDraft,
    Event,
    LeadPast,
    NoteDraft,
    PastLeadDraft,
    add_note,
    archive_lead,
    create_lead,
    days_in_stages,
    delete_lead,
    edit_lead,
    events_of,
    finish_activity,
    get_lead,
    get_stage,
    lose_lead,
    move_lead,
    plan_activity,
    restore_lead,
    timeline_of,
    win_lead,
)


def newest(uow, lead):
    return events_of(uow, "lead", lead.id, before=None, limit=1)[0]


def count_events(uow):
    return uow.session.scalar(select(func.count()).select_from(Event))


def edit(uow, lead):
    edit_lead(uow, lead, {"company_name": "Hydrolis", "expected_revenue": "48500.55"})


def move(uow, lead):
    move_lead(uow, lead, get_stage(uow, 2))


def lose(uow, lead):
    lose_lead(uow, lead, None, "Too dear")


def assign(uow, lead):
    edit_lead(uow, lead, {"owner_id": 2})


@pytest.mark.parametrize(
    ("action", "kind", "values"),
    [
        (
            edit,
            "lead.changed",
            {
                "company_name": [None, "Hydrolis"],
                "expected_revenue": ["0", "48500.55"],
            },
        ),
        (move, "lead.moved", {"stage_id": [1, 2]}),
        (assign, "lead.assigned", {"owner_id": [1, 2]}),
        (
            win_lead,
            "lead.won",
            {
                "stage_id": [1, 3],
                "status": ["open", "won"],
                "probability": ["10", "100"],
            },
        ),
        (
            lose,
            "lead.lost",
            {
                "status": ["open", "lost"],
                "probability": ["10", "0"],
                "lost_note": [None, "Too dear"],
            },
        ),
        (archive_lead, "lead.archived", {}),
        (delete_lead, "lead.deleted", {}),
    ],
)
def test_a_change_is_one_event_with_old_and_new_values(kit, action, kind, values):
    lead = kit.lead()
    with kit.work(kit.eve) as uow:
        before = count_events(uow)
        lead = get_lead(uow, lead.id)
        action(uow, lead)
        event = newest(uow, lead)
        assert count_events(uow) == before + 1
        change_id = uow.change_id
    assert (event.kind, event.actor_id, event.at) == (
        kind,
        kit.eve,
        kit.crm.clock.now(),
    )
    assert (event.version, event.change_id) == (2, change_id)
    assert event.values.items() >= values.items()
    moments = {"closed_at", "archived_at", "deleted_at"}
    assert event.values.keys() - moments == values.keys()


def test_a_new_lead_is_an_event_with_what_was_given(kit):
    lead = kit.lead("Pump station", expected_revenue="12.5", tags=("Water",))
    with kit.read() as uow:
        event = newest(uow, lead)
    assert (event.kind, event.version, event.actor_id) == ("lead.created", 1, None)
    assert event.values["name"] == [None, "Pump station"]
    assert event.values["expected_revenue"] == [None, "12.5"]
    assert event.values["tags"] == [None, ["Water"]]
    assert event.values["stage_id"] == [None, kit.new]


def test_a_change_that_changes_nothing_is_no_event(kit):
    lead = kit.lead("Pump station", tags=("Water",))
    with kit.work() as uow:
        lead = get_lead(uow, lead.id)
        before = count_events(uow)
        edit_lead(uow, lead, {"name": "Pump station", "tags": ["water"]})
        move_lead(uow, lead, get_stage(uow, kit.new))
        restore_lead(uow, lead)
        assert (count_events(uow), lead.version) == (before, 1)


def test_derived_values_write_no_event_and_raise_no_version(kit):
    lead = kit.lead(expected_revenue="1000")
    with kit.work(kit.ann) as uow:
        lead = get_lead(uow, lead.id)
        before = count_events(uow)
        activity = plan_activity(uow, lead, ActivityDraft(due_on=uow.today()))
        assert lead.next_activity_id == activity.id
        assert (count_events(uow), newest(uow, lead).kind) == (
            before + 1,
            "activity.planned",
        )
        finish_activity(uow, lead, activity)
        add_note(uow, lead, NoteDraft(text="She will ring back"))
        assert lead.next_activity_at is None
        assert (count_events(uow), lead.version) == (before + 3, 1)


def test_the_probability_that_follows_a_move_is_not_in_the_event(kit):
    lead = kit.lead(expected_revenue="1000")
    with kit.work() as uow:
        lead = get_lead(uow, lead.id)
        move(uow, lead)
        assert lead.probability == 50
        assert lead.weighted_revenue == 500
        assert newest(uow, lead).values.keys() == {"stage_id"}


def test_events_of_one_unit_belong_to_one_change(kit):
    lead = kit.lead()
    with kit.work(kit.ann) as uow:
        lead = get_lead(uow, lead.id)
        edit(uow, lead)
        move(uow, lead)
        events = events_of(uow, "lead", lead.id, before=None, limit=2)
        assert {event.change_id for event in events} == {uow.change_id}
        assert [event.version for event in events] == [3, 2]


ACTIONS = {
    "move": lambda uow, lead: (
        move_lead(uow, lead, get_stage(uow, 3 - lead.stage_id))
        if lead.stage_id != 3 and lead.status == "open"
        else None
    ),
    "edit": lambda uow, lead: edit_lead(
        uow, lead, {"expected_revenue": lead.expected_revenue + 10}
    ),
    "percent": lambda uow, lead: (
        edit_lead(uow, lead, {"probability": Decimal("42.5")})
        if lead.status == "open"
        else None
    ),
    "team": lambda uow, lead: edit_lead(
        uow, lead, {"team_id": 3 - (lead.team_id or 1), "owner_id": None}
    ),
    "close": lambda uow, lead: edit_lead(uow, lead, {"expected_close": uow.today()}),
    "lose": lambda uow, lead: lose(uow, lead) if lead.status == "open" else None,
    "win": lambda uow, lead: win_lead(uow, lead) if lead.status == "open" else None,
    "archive": archive_lead,
    "restore": restore_lead,
}


@given(names=st.lists(st.sampled_from(sorted(ACTIONS)), min_size=1, max_size=8))
def test_lead_past_equals_snapshots_taken_on_the_way(kit, names):
    clock = kit.crm.clock
    lead = kit.lead()
    seen = {}
    for name in [None, *names]:
        with kit.work() as uow:
            lead = get_lead(uow, lead.id)
            if name is not None:
                ACTIONS[name](uow, lead)
            seen[clock.now()] = lead.past()
        clock.advance(hours=5)
    with kit.read() as uow:
        rows = uow.session.scalars(
            select(LeadPast)
            .where(LeadPast.lead_id == lead.id)
            .order_by(LeadPast.from_at)
        ).all()
    for moment, snapshot in seen.items():
        there = [
            row
            for row in rows
            if row.from_at <= moment and (row.to_at is None or moment < row.to_at)
        ]
        assert len(there) == 1
        assert {name: getattr(there[0], name) for name in snapshot} == snapshot
    assert [row.to_at for row in rows][:-1] == [row.from_at for row in rows][1:]
    assert rows[-1].to_at is None


def test_days_in_stages_are_read_from_the_past(kit, clock):
    lead = kit.lead()
    for stage_id, days in ((kit.proposal, 3), (kit.new, 2), (kit.proposal, 1)):
        clock.advance(days=days)
        with kit.work() as uow:
            move_lead(uow, get_lead(uow, lead.id), get_stage(uow, stage_id))
    clock.advance(days=4)
    with kit.read() as uow:
        assert days_in_stages(uow, lead) == {kit.new: 4, kit.proposal: 6}


def test_a_lead_that_began_earlier_has_its_past_from_then_on(kit):
    with kit.work() as uow:
        began = uow.now().replace(year=2025)
        lead = create_lead(uow, PastLeadDraft(name="Old", created_at=began))
        assert days_in_stages(uow, lead) == {kit.new: 365}


def test_the_timeline_shows_notes_and_changes_newest_first(kit):
    lead = kit.lead()
    with kit.work(kit.ann) as uow:
        lead = get_lead(uow, lead.id)
        add_note(uow, lead, NoteDraft(text="She will ring back"))
        edit(uow, lead)
        moments = timeline_of(uow, lead)
    assert [moment.kind for moment in moments] == [
        "lead.changed",
        "lead.noted",
        "lead.created",
    ]
    assert [moment.actor_name for moment in moments] == ["Ann", "Ann", None]
    assert moments[1].text == "She will ring back"


def test_a_timeline_is_read_a_page_and_a_kind_at_a_time(kit):
    lead = kit.lead()
    with kit.work() as uow:
        notes = [NoteDraft(text=f"Note {number}") for number in range(5)]
        for note in notes:
            add_note(uow, lead, note)
        plan_activity(uow, lead, ActivityDraft(due_on=uow.today()))
        page = timeline_of(uow, lead, kind="lead.noted", limit=2)
        rest = timeline_of(uow, lead, kind="lead.noted", before=page[-1].id)
        assert [moment.text for moment in page + rest] == [
            f"Note {number}" for number in (4, 3, 2, 1, 0)
        ]
        assert len(timeline_of(uow, lead, kind="activity")) == 1
