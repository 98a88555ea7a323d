"""What is planned for a lead, and what was done."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from crmkit.core import (
    ActivityDraft,
    ActivityState,
    NotFoundError,
    OtherOwnerError,
    activities_of,
    delete_lead,
    finish_activity,
    get_activity,
    get_lead,
    next_of,
    plan_activity,
)
from crmkit.core.activities import DoneError, state_on

TODAY = date(2026, 11, 24)


def plan(kit, lead, who=None, **fields):
    with kit.work(who) as uow:
        fields = {"due_on": TODAY, **fields}
        return plan_activity(uow, get_lead(uow, lead.id), ActivityDraft(**fields))


def test_a_planned_activity_is_the_planners_unless_he_says_whose(kit):
    lead = kit.lead()
    mine = plan(kit, lead, kit.ann, type="call", summary="Ring Zoë")
    assert (mine.owner_id, mine.created_by_id) == (kit.ann, kit.ann)
    assert (mine.type, mine.due_on, mine.due_at) == ("call", TODAY, None)
    assert plan(kit, lead, kit.tom, owner_id=kit.bob).owner_id == kit.bob
    with pytest.raises(OtherOwnerError):
        plan(kit, lead, kit.ann, owner_id=kit.bob)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"due_at": datetime(2026, 11, 24, 9)},  # noqa: DTZ001  (that is the test)
        {"due_on": TODAY, "summary": "x" * 251},
    ],
)
def test_an_activity_needs_a_day_or_a_time_with_a_zone(fields):
    with pytest.raises(ValidationError):
        ActivityDraft(**fields)


def test_a_time_falls_on_a_day_of_the_settings_zone(kit):
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    activity = plan(kit, kit.lead(), due_on=None, due_at=late)
    assert (activity.due_on, activity.due_at) == (date(2026, 11, 25), late)
    tokyo = timezone(timedelta(hours=9))
    early = datetime(2026, 11, 25, 5, 0, tzinfo=tokyo)
    assert plan(kit, kit.lead(), due_on=None, due_at=early).due_on == TODAY


def test_the_next_activity_is_the_earliest_that_is_not_done(kit):
    lead = kit.lead()
    later = plan(kit, lead, summary="Later", due_on=TODAY + timedelta(days=3))
    sooner = plan(kit, lead, summary="Sooner", due_on=TODAY - timedelta(days=1))
    with kit.work() as uow:
        fresh = get_lead(uow, lead.id)
        following = next_of(uow, fresh)
        assert (following.id, following.state) == (sooner.id, ActivityState.LATE)
        assert following.days == 1
        finish_activity(uow, fresh, get_activity(uow, sooner.id)[0], " Done well ")
        following = next_of(uow, fresh)
        assert (following.id, following.state) == (later.id, ActivityState.PLANNED)
        finish_activity(uow, fresh, get_activity(uow, later.id)[0])
        assert next_of(uow, fresh).state is ActivityState.NONE
        done = get_activity(uow, sooner.id)[0]
        assert (done.feedback, done.done_at) == ("Done well", uow.now())


def test_an_activity_is_done_once(kit):
    lead = kit.lead()
    planned = plan(kit, lead)
    with kit.work() as uow:
        activity, of = get_activity(uow, planned.id)
        assert of.id == lead.id
        finish_activity(uow, of, activity)
        with pytest.raises(DoneError, match="done already"):
            finish_activity(uow, of, activity)


def test_what_is_to_do_comes_by_time_then_what_was_done_newest_first(kit):
    lead = kit.lead()
    days = {
        name: plan(kit, lead, due_on=TODAY + timedelta(days=n)).id
        for n, name in enumerate("abcd")
    }
    with kit.work() as uow:
        for name in "ac":
            activity, of = get_activity(uow, days[name])
            finish_activity(uow, of, activity)
        order = [activity.id for activity in activities_of(uow, lead)]
    assert order == [days[name] for name in "bdca"]


def test_an_activity_is_seen_by_who_sees_its_lead(kit):
    hidden = kit.lead(owner_id=kit.bob)
    activity = plan(kit, hidden)
    with kit.read(kit.bob) as uow:
        assert get_activity(uow, activity.id)[0].id == activity.id
    with kit.read(kit.ann) as uow, pytest.raises(NotFoundError):
        get_activity(uow, activity.id)
    with kit.work() as uow:
        delete_lead(uow, get_lead(uow, hidden.id))
        with pytest.raises(NotFoundError):
            get_activity(uow, activity.id)


@pytest.mark.parametrize(
    ("days", "state"),
    [
        (-1, ActivityState.LATE),
        (0, ActivityState.TODAY),
        (1, ActivityState.PLANNED),
    ],
)
def test_an_activity_is_late_from_the_next_day_on(days, state):
    assert state_on(TODAY + timedelta(days=days), TODAY) is state
