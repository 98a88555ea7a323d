from __future__ import annotations

import re
from decimal import Decimal
from threading import Thread

import pytest
from sqlalchemy import func, select

from crmkit.core import (
    Event,
    Lead,
    edit_lead,
    get_lead,
)
from crmkit.jobs import run_due
from crmkit.testing import statements
from crmkit_assignment.rules import (
    MemberRuleDraft,
    OptionsDraft,
    TeamRuleDraft,
    change_member_rule,
    change_options,
    change_team_rule,
    describe_rules,
    read_options,
)
from crmkit_assignment.runs import get_run, start_run, undo_run

pytestmark = pytest.mark.plugins("assignment")


def lines(api, run_id):
    return api.get(f"/p/assignment/runs/{run_id}").json()["lines"]


def test_a_dry_run_is_the_run_without_writing(world):
    ids = world.leads(6, expected_revenue=Decimal(100))
    dry = world.run(is_dry=True, seed=4)
    assert dry.state == "planned"
    assert world.owners(ids) == [None] * 6
    real = world.run(seed=4)
    assert real.state == "applied"
    assert real.report == dry.report
    assert sum(owner is not None for owner in world.owners(ids)) == real.applied == 4


def test_rules_decide_and_what_stays_has_a_reason(kit, world, crm_door):
    with kit.work() as uow:
        draft = TeamRuleDraft(filter='country = "FR"')
        change_team_rule(uow, kit.lyon, draft)
        change_team_rule(uow, kit.oslo, TeamRuleDraft(filter='country = "NO"'))
    world.rule(kit.lyon, kit.ann, filter="priority >= 2")
    world.rule(kit.lyon, kit.tom, is_out=True)
    world.capacity(kit.lyon, kit.bob, 0)
    urgent, plain, norse, other = (
        world.leads(1, country=country, priority=priority)[0]
        for country, priority in (("FR", 3), ("FR", 0), ("NO", 0), ("IT", 0))
    )
    run = world.run()
    found = dict(
        zip(
            (urgent, plain, norse, other),
            world.owners([urgent, plain, norse, other]),
            strict=True,
        )
    )
    assert found == {urgent: kit.ann, plain: None, norse: kit.oli, other: None}
    told = {
        one["lead_id"]: one["reason"] for one in lines(crm_door.script("max"), run.id)
    }
    assert told[other] == "no team accepts it"
    assert told[plain] == "over capacity: Bob 0/0"
    with kit.read() as uow:
        assert get_lead(uow, plain).team_id == kit.lyon


@pytest.mark.databases("sqlite")
def test_capacity_of_thirty_days_holds_even_when_forced(kit, world):
    for user in (kit.bob, kit.tom):
        world.capacity(kit.lyon, user, 0)
    world.capacity(kit.lyon, kit.ann, 5)
    world.leads(9, team_id=kit.lyon)
    total = sum(world.run(is_forced=True).applied for _ in range(6))
    assert total == 5
    assert world.run(is_forced=True).applied == 0


@pytest.mark.databases("sqlite")
def test_a_day_gives_its_share_and_the_next_one_another(kit, world, clock):
    for user in (kit.bob, kit.tom):
        world.capacity(kit.lyon, user, 0)
    world.capacity(kit.lyon, kit.ann, 45)
    world.leads(9, team_id=kit.lyon)
    assert [world.run().applied for _ in range(2)] == [2, 0]
    clock.advance(days=1, minutes=1)
    assert world.run().applied == 2


@pytest.mark.databases("sqlite")
def test_who_is_away_gets_nothing(kit, world):
    world.rule(kit.oslo, kit.oli, absences=[("2026-11-20", "2026-11-24")])
    ids = world.leads(1, team_id=kit.oslo)
    world.run()
    assert world.owners(ids) == [None]
    world.rule(kit.oslo, kit.oli, absences=[], weekdays=[0])
    assert world.run().given == 0
    world.rule(kit.oslo, kit.oli, weekdays=[1])
    world.run()
    assert world.owners(ids) == [kit.oli]


def test_the_next_lead_of_a_company_goes_to_the_same_owner(kit, world):
    kit.lead(company_name="Fjord AS", team_id=kit.oslo, owner_id=kit.oli)
    world.capacity(kit.oslo, kit.oli, 60)
    ids = world.leads(1, company_name="FJORD AS")
    world.run()
    assert world.owners(ids) == [kit.oli]


@pytest.fixture
def doubles(kit, world):
    """One who is known, his double, and three of one address; Oslo has a plan."""
    with kit.work() as uow:
        change_team_rule(uow, kit.oslo, TeamRuleDraft(merges=True))
    world.capacity(kit.oslo, kit.oli, 90)
    known = kit.lead(email="mia@example.org", team_id=kit.oslo, owner_id=kit.oli).id
    late = world.leads(1, email="MIA@example.org", phone="+47 22 33 44 55")
    ids = known, *late, *world.leads(3, email="jo@example.org", team_id=kit.oslo)
    return f"/p/assignment/runs/{world.run(is_dry=True).id}", ids


def by_lead(said):
    return {one["lead_id"]: one for one in said["lines"]}


def test_a_plan_says_what_is_merged_into_what(doubles, crm_door):
    path, (known, late, first, second, third) = doubles
    person, told = (
        crm_door.person("max"),
        by_lead(crm_door.script("max").get(path).json()),
    )
    assert (told[late]["into_id"], told[late]["owner_id"]) == (known, None)
    why = "merged into “Pump station”, of the same mail address"
    assert told[late]["reason"] == why
    assert [told[n]["into_id"] for n in (first, second, third)] == [None, first, first]
    assert person.get(f"{path}?show=merged").text.count("Merge into") == 3
    # As it stands it is kept; whoever gets it by hand is merged into nothing.
    for owner in ("merge", ""):
        kept = person.post(f"{path}/leads/{second}", data={"owner_id": owner})
        assert kept.status_code == 303
        page = person.get(f"{path}?show=merged").text
        assert page.count("Merge into") == 2 + (owner == "merge")


def test_what_a_run_merged_is_several_again_once_it_is_undone(doubles, kit, crm_door):
    path, (known, late, first, second, gone) = doubles
    api = crm_door.script("max")
    with kit.work() as uow:
        edit_lead(uow, get_lead(uow, gone), {"email": "other@example.org"})
    api.post(f"{path}/apply", json={})
    kit.run_jobs()
    said = api.get(path).json()
    told = by_lead(said)
    assert [told[n]["is_done"] for n in (late, first, second, gone)] == [1, 1, 1, 0]
    assert (said["merged"], said["applied"]) == (2, 1)
    assert told[gone]["reason"] == "changed since the plan was made"
    owners = [api.get(f"/leads/{n}").json()["owner_id"] for n in (first, gone)]
    assert owners == [kit.oli, None]
    assert api.get(f"/leads/{known}").json()["phone"] == "+47 22 33 44 55"
    assert api.get(f"/leads/{second}").status_code == 404
    api.post(f"{path}/undo", json={})
    kit.run_jobs()
    for number in (late, first, second, gone):
        assert api.get(f"/leads/{number}").json()["owner_id"] is None
    assert api.get(f"/leads/{known}").json()["phone"] is None


def test_what_moved_since_the_plan_stays(kit, world, crm_door):
    mine, other = world.leads(2, team_id=kit.oslo)
    world.capacity(kit.oslo, kit.oli, 60)
    run = world.run(is_dry=True)
    with kit.work() as uow:
        edit_lead(uow, get_lead(uow, mine), {"priority": 3})
    api = crm_door.script("max")
    assert api.post(f"/p/assignment/runs/{run.id}/apply", json={}).status_code == 200
    kit.run_jobs()
    assert world.owners([mine, other]) == [None, kit.oli]
    told = {one["lead_id"]: one["reason"] for one in lines(api, run.id)}
    assert told[mine] == "changed since the plan was made"


@pytest.mark.databases("sqlite")
def test_a_plan_is_changed_by_hand_applied_and_undone(kit, world, crm_door):
    (lead_id,) = world.leads(1, team_id=kit.lyon)
    run = world.run(is_dry=True)
    api, path = crm_door.script("max"), f"/p/assignment/runs/{run.id}"
    chosen = api.patch(f"{path}/leads/{lead_id}", json={"owner_id": kit.tom})
    assert chosen.status_code == 200
    loads = {m["user_id"]: m["after"] for m in chosen.json()["members"]}
    assert (loads[kit.tom], sum(loads.values())) == (1, 1)
    outside = api.patch(f"{path}/leads/{lead_id}", json={"owner_id": kit.oli})
    assert "member of the lead" in outside.json()["detail"]
    api.post(f"{path}/apply", json={})
    kit.run_jobs()
    assert world.owners([lead_id]) == [kit.tom]
    assert api.post(f"{path}/apply", json={}).status_code == 409
    api.post(f"{path}/undo", json={})
    kit.run_jobs()
    assert world.owners([lead_id]) == [None]
    assert api.get(path).json()["state"] == "undone"


def test_an_undo_keeps_what_somebody_changed_since(kit, world):
    ids = world.leads(2, team_id=kit.lyon)
    run = world.run()
    with kit.work() as uow:
        lead = get_lead(uow, ids[0])
        other = kit.bob if lead.owner_id == kit.tom else kit.tom
        edit_lead(uow, lead, {"owner_id": other})
        undo_run(uow, get_run(uow, run.id))
    kit.run_jobs()
    assert world.owners(ids) == [other, None]


@pytest.mark.databases("sqlite")
def test_new_leads_go_to_somebody_at_once_where_that_is_chosen(kit, world):
    with kit.work() as uow:
        change_options(uow, OptionsDraft(on_arrival=True))
    ids = world.leads(1, team_id=kit.oslo)
    assert world.owners(ids) == [kit.oli]


@pytest.mark.databases("sqlite")
def test_a_scheduled_run_happens_where_that_is_chosen(kit, world, clock):
    ids = world.leads(1, team_id=kit.oslo)
    kit.run_schedules()
    clock.advance(days=1)
    kit.run_schedules()
    assert world.owners(ids) == [None]
    with kit.work() as uow:
        change_options(uow, OptionsDraft(is_scheduled=True))
    clock.advance(days=1)
    kit.run_schedules()
    kit.run_jobs()
    assert world.owners(ids) == [kit.oli]


def test_a_batch_takes_fewer_statements_than_leads(kit, world):
    for user in (kit.ann, kit.bob, kit.tom):
        world.capacity(kit.lyon, user, 6000)
    world.leads(300, team_id=kit.lyon)
    with kit.work() as uow:
        start_run(uow, is_dry=False)
    with statements(kit.crm.engine) as seen:
        kit.run_jobs()
    assert len(seen) < 150


@pytest.mark.databases("postgresql")
def test_runs_at_once_never_give_a_lead_twice(kit, world):
    for user in (kit.ann, kit.bob, kit.tom):
        world.capacity(kit.lyon, user, 60)
    ids = world.leads(60, team_id=kit.lyon)
    for seed in range(4):
        with kit.work() as uow:
            start_run(uow, is_dry=False, seed=seed, is_forced=True)
    threads = [Thread(target=run_due, args=(kit.crm,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with kit.read() as uow:
        given = uow.session.execute(
            select(Event.record_id, func.count())
            .where(Event.kind == "lead.assigned")
            .group_by(Event.record_id)
        ).all()
        loads = uow.session.execute(
            select(Lead.owner_id, func.count())
            .where(Lead.id.in_(ids), Lead.owner_id.is_not(None))
            .group_by(Lead.owner_id)
        ).all()
    assert all(count == 1 for _, count in given)
    assert all(count <= 60 for _, count in loads)


def test_a_rule_is_tried_before_it_is_kept(kit, world, crm_door):
    world.leads(3, country="FR", team_id=kit.lyon)
    kit.lead(country="FR")
    api = crm_door.script("max")
    said = api.post("/p/assignment/rules/test", json={"filter": 'country = "FR"'})
    assert said.json()["open"] == 4
    assert said.json()["unowned"] == 3
    wrong = api.patch(f"/p/assignment/teams/{kit.lyon}", json={"filter": "shoe = 1"})
    assert wrong.status_code == 422
    assert crm_door.script("ann").get("/p/assignment/rules").status_code == 403


def test_changed_rules_are_taken_back_like_any_change(kit, crm_door):
    person, api = crm_door.person("max"), crm_door.script("max")
    page = "/p/assignment/rules"
    for accepts in ('country = "FR"', 'country = "NO"'):
        went = person.post(f"{page}/{kit.lyon}", data={"accepts": accepts})
        said = person.get(went.headers["location"]).text
        assert said.count("Kept. It holds") == 1
    member = {"daily": 3, "absences": [["2026-12-24", "2026-12-31"]]}
    with kit.work(kit.max) as uow:
        last = uow.change_id
        change_member_rule(uow, kit.lyon, kit.ann, MemberRuleDraft(**member))
        change_options(uow, OptionsDraft(on_arrival=True))
    assert api.post(f"/changes/{last}/undo").json()["records"] == 2
    (undo,) = re.findall(r'hx-post="(/changes/\w+/undo)"', said)
    assert person.post(undo).status_code == 303
    with kit.read() as uow:
        lyon = next(t for t in describe_rules(uow) if t["team_id"] == kit.lyon)
        ann = next(m for m in lyon["members"] if m["user_id"] == kit.ann)
        assert lyon["filter"] == 'country = "FR"'
        assert (ann["daily"], ann["absences"]) == (None, [])
        assert not read_options(uow).on_arrival
