"""Two teams with rules, as a well-known CRM tries its own assignment."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from crmkit.core import (
    LeadDraft,
    MemberDraft,
    add_member,
    archive_lead,
    create_leads,
    edit_lead,
    edit_member,
    get_lead,
    get_leads,
    get_member,
    get_stage,
    get_team,
    get_user,
    lose_lead,
    move_lead,
)
from crmkit_assignment.gathering import count_loads, find_candidates, find_pools
from crmkit_assignment.rules import (
    MemberRuleDraft,
    TeamRuleDraft,
    change_member_rule,
    change_team_rule,
)
from crmkit_assignment.runs import start_run

pytestmark = pytest.mark.plugins("assignment")


@pytest.fixture
def two_teams(kit):
    """Lyon: 45, 15 (p >= 10), 15 (p >= 20). Oslo, of priority: 30 (p >= 20), 60."""
    with kit.work() as uow:
        lyon, oslo = get_team(uow, kit.lyon), get_team(uow, kit.oslo)
        add_member(uow, oslo, MemberDraft(user_id=kit.max, capacity=60))
        for team, user, capacity, least in (
            (lyon, kit.ann, 45, 0),
            (lyon, kit.bob, 15, 10),
            (lyon, kit.tom, 15, 20),
            (oslo, kit.oli, 30, 20),
            (oslo, kit.max, 60, 0),
        ):
            member = get_member(uow, team, get_user(uow, user))
            edit_member(uow, member, MemberDraft(user_id=user, capacity=capacity))
            rule = f"probability >= {least}" if least else ""
            change_member_rule(uow, team.id, user, MemberRuleDraft(filter=rule))
        change_team_rule(uow, oslo.id, TeamRuleDraft(filter="priority >= 1"))


def make(kit, count, **values):
    """Leads of priority 0, 1, 2, 0 … with even chances."""
    given = {"probability": Decimal(50), **values}
    drafts = [
        LeadDraft(name=f"Lead {n}", **{"priority": n % 3, **given})
        for n in range(count)
    ]
    with kit.work() as uow:
        return [lead.id for lead in create_leads(uow, drafts)]


def run(kit, **how):
    with kit.work() as uow:
        start_run(uow, is_dry=False, **how)
    kit.run_jobs()


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("two_teams")
def test_a_team_takes_what_its_members_take_together(kit):
    with kit.read() as uow:
        capacities = {pool.id: pool.capacity for pool in find_pools(uow, None)}
    assert capacities == {kit.lyon: 75, kit.oslo: 90}


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("two_teams")
def test_what_came_today_counts_but_for_a_forced_run(kit):
    def room(*, forced: bool) -> int:
        with kit.read() as uow:
            pools = find_pools(uow, kit.lyon, forced=forced)
        ann = next(one for one in pools[0].takers if one.user_id == kit.ann)
        return int(ann.room)

    assert room(forced=False) == 2
    make(kit, 30, team_id=kit.lyon, owner_id=kit.ann)
    assert (room(forced=False), room(forced=True)) == (0, 2)


@pytest.mark.usefixtures("two_teams")
def test_closed_leads_count_for_thirty_days_and_those_given_away_do_not(kit):
    ids = make(kit, 14, team_id=kit.lyon, owner_id=kit.tom)
    pair = (kit.lyon, kit.tom)
    with kit.work() as uow:
        lose_lead(uow, get_lead(uow, ids[0]), None)
        move_lead(uow, get_lead(uow, ids[1]), get_stage(uow, kit.won))
        edit_lead(uow, get_lead(uow, ids[2]), {"probability": Decimal(0)})
        assert count_loads(uow, 30)[pair] == 14
        for lead_id in ids[3:5]:
            edit_lead(uow, get_lead(uow, lead_id), {"owner_id": kit.ann})
        assert count_loads(uow, 30)[pair] == 12


@pytest.mark.usefixtures("two_teams")
def test_every_lead_gets_a_team_and_each_member_the_share_of_a_day(kit):
    ids = make(kit, 150)
    run(kit)
    with kit.read() as uow:
        leads = get_leads(uow, ids)
    assert all(lead.team_id is not None for lead in leads)
    assert all(lead.priority for lead in leads if lead.team_id == kit.oslo)
    owners = Counter(lead.owner_id for lead in leads if lead.owner_id is not None)
    assert owners == {kit.ann: 2, kit.bob: 1, kit.tom: 1, kit.oli: 1, kit.max: 2}


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("two_teams")
def test_who_has_his_share_of_the_day_gets_nothing(kit):
    make(kit, 2, team_id=kit.oslo, owner_id=kit.oli)
    ids = make(kit, 9, team_id=kit.oslo)
    run(kit)
    with kit.read() as uow:
        owners = Counter(lead.owner_id for lead in get_leads(uow, ids))
    assert owners == {kit.max: 2, None: 7}


@pytest.mark.usefixtures("two_teams")
def test_leads_without_a_chance_are_given_and_closed_ones_are_not(kit):
    plain, hopeless, won, put_away = make(kit, 4)
    (owned,) = make(kit, 1, owner_id=kit.ann)
    with kit.work() as uow:
        edit_lead(uow, get_lead(uow, hopeless), {"probability": Decimal(0)})
        move_lead(uow, get_lead(uow, won), get_stage(uow, kit.won))
        archive_lead(uow, get_lead(uow, put_away))
        found = {one.id for one in find_candidates(uow, None)}
    assert found == {plain, hopeless}
    assert owned not in found


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("two_teams")
def test_a_lead_like_one_that_somebody_works_on_goes_to_him(kit):
    kit.lead(email="mia@example.org", owner_id=kit.bob)
    (twin,) = make(kit, 1, email="MIA@example.org")
    with kit.work() as uow:
        draft = MemberRuleDraft(daily=5)
        change_member_rule(uow, kit.lyon, kit.bob, draft)
    run(kit)
    with kit.read() as uow:
        lead = get_lead(uow, twin)
    assert (lead.team_id, lead.owner_id) == (kit.lyon, kit.bob)
