"""The day of somebody: what is late, due and done, and which leads wait for him."""

from datetime import date, timedelta

import pytest

from crmkit.core import (
    ActivityDraft,
    archive_lead,
    finish_and_follow,
    get_activity,
    get_lead,
    plan_activity,
    read_today,
)

TODAY = date(2026, 11, 24)


@pytest.fixture
def plan(kit):
    """Plans an activity some days from today, of Ann, on a lead of its own."""

    def make(days, who="ann", **fields):
        lead = kit.lead(f"{days} days", owner_id=kit.people[who])
        with kit.work(kit.people[who]) as uow:
            draft = ActivityDraft(due_on=TODAY + timedelta(days=days), **fields)
            return plan_activity(uow, get_lead(uow, lead.id), draft)

    return make


def day_of(kit, who="ann"):
    with kit.read(kit.people[who]) as uow:
        return read_today(uow)


def ids(rows):
    return [row.activity.id for row in rows]


def test_activities_stand_under_the_day_they_are_due(kit, plan):
    planned = {days: plan(days).id for days in (-3, -1, 0, 1, 2, 7, 8)}
    agenda = day_of(kit)
    assert ids(agenda.late) == [planned[-3], planned[-1]]
    assert (agenda.late_count, agenda.late[0].activity.days) == (2, 3)
    assert ids(agenda.today) == [planned[0]]
    assert ids(agenda.tomorrow) == [planned[1]]
    assert ids(agenda.week) == [planned[2], planned[7]]


def test_another_ones_activities_are_not_mine(kit, plan):
    plan(0, "bob")
    assert day_of(kit).is_empty
    assert not day_of(kit, "bob").is_empty


def test_what_was_done_today_stays_to_be_seen(kit, plan, clock):
    planned = plan(0)
    with kit.work(kit.ann) as uow:
        activity, lead = get_activity(uow, planned.id)
        finish_and_follow(uow, lead, activity, None)
    agenda = day_of(kit)
    assert (ids(agenda.today), ids(agenda.done)) == ([], [planned.id])
    clock.advance(days=1)
    assert day_of(kit).done == []


def test_an_archived_lead_asks_for_nothing(kit, plan):
    activity = plan(0)
    with kit.work() as uow:
        archive_lead(uow, get_lead(uow, activity.lead_id))
    assert day_of(kit).is_empty


def test_a_new_lead_waits_until_something_is_planned(kit, plan, clock):
    fresh = kit.lead("Fresh")
    plan(0)
    assert [lead.id for lead in day_of(kit).new] == [fresh.id]
    clock.advance(days=31)
    assert day_of(kit).new == []


def test_a_lead_waits_that_stands_too_long_in_its_stage(kit, clock):
    stage = kit.stage("Slow", rotting_days=5)
    slow = kit.lead("Slow", stage_id=stage.id, kind="opportunity")
    kit.lead("Elsewhere", kind="opportunity")
    clock.advance(days=5)
    assert day_of(kit).rotting == []
    clock.advance(days=1, minutes=1)
    (waiting,) = day_of(kit).rotting
    assert (waiting.id, waiting.days, waiting.stage_name) == (slow.id, 6, "Slow")
