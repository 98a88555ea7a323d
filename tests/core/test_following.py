"""What comes after an activity, and taking back what was done to one."""

from datetime import UTC, date, datetime, timedelta

import pytest

from crmkit.core import (
    ActivityDraft,
    ActivityTypeDraft,
    Chaining,
    activities_of,
    delete_activity,
    describe_activity_type,
    edit_activity,
    edit_activity_type,
    finish_and_follow,
    get_activity,
    get_activity_type,
    get_deleted_activity,
    get_lead,
    next_after,
    next_of,
    plan_activity,
    put_off,
    undo_change,
)
from crmkit.core.activities import DoneError

TODAY = date(2026, 11, 24)


@pytest.fixture
def planned(kit):
    """A mail of Ann for today."""
    lead = kit.lead()
    with kit.work(kit.ann) as uow:
        draft = ActivityDraft(type="mail", summary="Send it", due_on=TODAY)
        return plan_activity(uow, get_lead(uow, lead.id), draft)


def chain(kit, slug, **fields):
    with kit.work() as uow:
        kind = get_activity_type(uow, slug)
        draft = describe_activity_type(uow, kind).model_copy(update=fields)
        edit_activity_type(uow, kind, ActivityTypeDraft(**draft.model_dump()))


def change(kit, planned, act, *more):
    """Do something to the activity as Ann; the id of the change."""
    with kit.work(kit.ann) as uow:
        activity, lead = get_activity(uow, planned.id)
        act(uow, lead, activity, *more)
        return uow.change_id


def undo(kit, change_id):
    with kit.work(kit.ann) as uow:
        return undo_change(uow, change_id)


def test_a_type_suggests_what_follows_and_when(kit, planned):
    with kit.read(kit.ann) as uow:
        after = next_after(uow, get_activity(uow, planned.id)[0])
    assert after is not None
    assert (after.type.slug, after.is_triggered) == ("call", False)
    assert after.due_on == TODAY + timedelta(days=2)


def test_what_is_only_suggested_is_not_planned(kit, planned):
    def act(uow, lead, activity):
        assert finish_and_follow(uow, lead, activity, "Sent") is None

    change(kit, planned, act)


def test_a_triggered_type_is_planned_once_the_other_is_done(kit, planned):
    chain(kit, "mail", chaining=Chaining.TRIGGER, next_type="meeting")
    change(kit, planned, finish_and_follow, None)
    with kit.read(kit.ann) as uow:
        lead = get_lead(uow, planned.lead_id)
        first, *_ = activities_of(uow, lead)
        assert (first.type, first.owner_id) == ("meeting", kit.ann)
        assert next_of(uow, lead).id == first.id


def test_what_one_plans_takes_the_place_of_what_is_triggered(kit, planned):
    chain(kit, "mail", chaining=Chaining.TRIGGER)
    mine = ActivityDraft(type="task", due_on=TODAY)
    change(kit, planned, finish_and_follow, None, mine)
    with kit.read(kit.ann) as uow:
        found = activities_of(uow, get_lead(uow, planned.lead_id))
    assert [one.type for one in found] == ["task", "mail"]


def test_an_archived_type_follows_no_more(kit, planned):
    with kit.work() as uow:
        get_activity_type(uow, "call").archived_at = uow.now()
        describe = describe_activity_type(uow, get_activity_type(uow, "demo"))
        draft = describe.model_copy(update={"next_type": None, "name": "Show"})
        edit_activity_type(uow, get_activity_type(uow, "demo"), draft)
    with kit.read() as uow:
        assert next_after(uow, get_activity(uow, planned.id)[0]) is None


def test_what_is_put_off_keeps_its_time_of_day(kit, planned):
    at = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
    later = TODAY + timedelta(days=7)
    change(kit, planned, edit_activity, {"due_at": at})
    change(kit, planned, put_off, later)
    with kit.read() as uow:
        activity, _ = get_activity(uow, planned.id)
    assert (activity.due_on, activity.due_at) == (later, at + timedelta(days=7))


def test_done_is_taken_back_with_what_it_triggered(kit, planned):
    chain(kit, "mail", chaining=Chaining.TRIGGER)
    done = change(kit, planned, finish_and_follow, "Sent")
    undone = undo(kit, done)
    assert (undone.records, undone.kept) == (2, [])
    with kit.read(kit.ann) as uow:
        lead = get_lead(uow, planned.lead_id)
        (only,) = activities_of(uow, lead)
        assert (only.id, only.done_at, only.feedback) == (planned.id, None, None)
        assert next_of(uow, lead).id == planned.id


def test_a_new_day_and_a_deletion_are_taken_back(kit, planned):
    later = TODAY + timedelta(days=1)
    moved = change(kit, planned, put_off, later)
    gone = change(kit, planned, delete_activity)
    assert undo(kit, gone).records == 1
    assert undo(kit, moved).records == 1
    with kit.read() as uow:
        activity, _ = get_activity(uow, planned.id)
    assert (activity.due_on, activity.summary) == (TODAY, "Send it")


def test_planning_is_taken_back_into_the_bin(kit, planned):
    def plan_more(uow, lead, _activity):
        plan_activity(uow, lead, ActivityDraft(due_on=TODAY))

    undo(kit, change(kit, planned, plan_more))
    with kit.read() as uow:
        (only,) = activities_of(uow, get_lead(uow, planned.lead_id))
        assert only.id == planned.id
        assert get_deleted_activity(uow, planned.id + 1)


def test_what_went_on_since_is_kept_and_told(kit, planned):
    moved = change(kit, planned, put_off, TODAY + timedelta(days=1))
    change(kit, planned, finish_and_follow, None)
    undone = undo(kit, moved)
    assert [kept.fields for kept in undone.kept] == [("activity.changed",)]
    with pytest.raises(DoneError):
        change(kit, planned, put_off, TODAY)
