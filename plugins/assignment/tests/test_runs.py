from __future__ import annotations

import re
from decimal import Decimal
from threading import Thread

import pytest
from sqlalchemy import func, select

from crmkit.core import (
    Event,
    Lead,
    LeadDraft,
    MemberDraft,
    create_leads,
    edit_lead,
    edit_member,
    get_lead,
    get_member,
    get_team,
    get_user,
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


@pytest.fixture
def world(kit):
    """Capacities that a day can use up, and ways to add leads and to run."""

    class World:
        def capacity(self, team: int, user: int, capacity: int) -> None:
            with kit.work() as uow:
                member = get_member(uow, get_team(uow, team), get_user(uow, user))
                draft = MemberDraft(user_id=user, capacity=capacity)
                edit_member(uow, member, draft)

        def leads(self, count: int, **values) -> list[int]:
            drafts = [LeadDraft(name=f"Lead {n}", **values) for n in range(count)]
            with kit.work() as uow:
                return [one.id for one in create_leads(uow, drafts)]

        def run(self, *, is_dry=False, **how):
            with kit.work() as uow:
                run_id = start_run(uow, is_dry=is_dry, **how).id
            kit.run_jobs()
            with kit.read() as uow:
                return get_run(uow, run_id)

        def owners(self, ids: list[int]) -> list[int | None]:
            with kit.read() as uow:
                return [get_lead(uow, lead_id).owner_id for lead_id in ids]

        def rule(self, team: int, user: int, **values) -> None:
            with kit.work() as uow:
                change_member_rule(uow, team, user, MemberRuleDraft(**values))

    return World()


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


def test_capacity_of_thirty_days_holds_even_when_forced(kit, world):
    for user in (kit.bob, kit.tom):
        world.capacity(kit.lyon, user, 0)
    world.capacity(kit.lyon, kit.ann, 5)
    world.leads(9, team_id=kit.lyon)
    total = sum(world.run(is_forced=True).applied for _ in range(6))
    assert total == 5
    assert world.run(is_forced=True).applied == 0


def test_a_day_gives_its_share_and_the_next_one_another(kit, world, clock):
    for user in (kit.bob, kit.tom):
        world.capacity(kit.lyon, user, 0)
    world.capacity(kit.lyon, kit.ann, 45)
    world.leads(9, team_id=kit.lyon)
    assert [world.run().applied for _ in range(2)] == [2, 0]
    clock.advance(days=1, minutes=1)
    assert world.run().applied == 2


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


def test_new_leads_go_to_somebody_at_once_where_that_is_chosen(kit, world):
    with kit.work() as uow:
        change_options(uow, OptionsDraft(on_arrival=True))
    ids = world.leads(1, team_id=kit.oslo)
    assert world.owners(ids) == [kit.oli]


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


def test_the_pages_show_a_plan_and_its_rules(kit, world, crm_door):
    (lead_id,) = world.leads(1, team_id=kit.lyon)
    person = crm_door.person("max")
    run = world.run(is_dry=True)
    assert "Make a plan" in person.get("/p/assignment/runs").text
    assert "Lead 0" in person.get(f"/p/assignment/runs/{run.id}").text
    refused = person.post(f"/p/assignment/rules/{kit.lyon}", data={"accepts": "x ="})
    assert refused.status_code == 422
    person.post(f"/p/assignment/rules/{kit.lyon}", data={"accepts": 'country = "FR"'})
    assert "country = &#34;FR&#34;" in person.get("/p/assignment/rules").text
    person.post(f"/p/assignment/runs/{run.id}/leads/{lead_id}", data={"owner_id": ""})
    person.post(f"/p/assignment/runs/{run.id}/apply")
    kit.run_jobs()
    assert world.owners([lead_id]) == [None]


def test_options_and_working_times_are_kept_by_forms(kit, crm_door):
    person, rules = crm_door.person("max"), "/p/assignment/rules"
    person.post(
        "/p/assignment/options", data={"on_arrival": "on", "max_age_days": "30"}
    )
    with kit.read() as uow:
        options = read_options(uow)
        kept = (options.on_arrival, options.same_company, options.max_age_days)
    assert kept == (True, False, 30)
    times = {
        "accepts": "priority >= 1",
        "daily": "3",
        "weekdays": ["0", "5"],
        "absences": "2026-12-24 2026-12-31\n2027-01-01",
    }
    person.post(f"{rules}/{kit.lyon}/{kit.ann}", data=times)
    with kit.read() as uow:
        lyon = next(t for t in describe_rules(uow) if t["team_id"] == kit.lyon)
        ann = next(m for m in lyon["members"] if m["user_id"] == kit.ann)
    assert (ann["daily"], ann["weekdays"]) == (3, [0, 5])
    assert ann["absences"] == [["2026-12-24", "2026-12-31"], ["2027-01-01"] * 2]
    assert "2026-12-24 2026-12-31" in person.get(rules).text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"daily": "many"}, "whole number from 0 to 100000"),
        ({"weekdays": "9"}, "whole number from 0 to 6"),
        ({"absences": "next week"}, "pair of days"),
        ({"absences": "2026-02-02 2026-02-01"}, "pair of days"),
    ],
)
def test_a_form_says_what_is_wrong_with_it(kit, crm_door, wrong, said):
    person = crm_door.person("max")
    path = f"/p/assignment/rules/{kit.lyon}/{kit.ann}"
    refused = person.post(path, data=wrong)
    assert refused.status_code == 422
    assert said in refused.text
    (typed,) = wrong.values()
    assert typed == "9" or typed in refused.text
    assert f'id="m{kit.lyon}-{kit.ann}" open' in refused.text


def test_a_rule_is_tried_on_leads_while_it_is_written(kit, crm_door):
    kit.lead("Belle", country="FR")
    person, part = crm_door.person("max"), {"hx-request-type": "partial"}

    def tried(**typed: str) -> str:
        path = "/p/assignment/rules/try"
        return str(person.get(path, params=typed, headers=part).text)

    said = tried(accepts='country = "FR"')
    assert "Open leads that it accepts: 1" in said
    assert "Belle" in said
    assert "shoe" in tried(preferred="shoe = 1")
    assert "every lead" in tried(accepts="")


def test_fairness_tells_value_and_score_over_time_and_who_needs_a_look(
    kit, crm_door, clock
):
    with kit.work() as uow:
        for user, team in {kit.ann: kit.lyon, kit.oli: kit.oslo}.items():
            member = get_member(uow, get_team(uow, team), get_user(uow, user))
            capacity = 30 if user == kit.ann else 0
            edit_member(uow, member, MemberDraft(user_id=user, capacity=capacity))
    kit.lead(owner_id=kit.bob)
    clock.advance(days=31)
    for _ in range(3):
        kit.lead(owner_id=kit.ann, expected_revenue=Decimal(1000))
    said = crm_door.script("max").get("/p/assignment/fairness").json()
    ann = next(m for m in said["members"] if m["user_id"] == kit.ann)
    assert (ann["after"], ann["value"], ann["score"]) == (3, "300", "10")
    assert [one["leads"] for one in said["periods"]] == [3, 1, 0, 0, 0, 0]
    assert said["jain"] == said["jain_value"] == pytest.approx(1 / 3, abs=1e-4)
    kinds = {alert["kind"]: alert["names"] for alert in said["alerts"]}
    assert kinds.keys() == {"uneven", "uneven_value", "idle"}
    assert len(kinds["idle"]) == 2
    shown = crm_door.person("max").get("/p/assignment/runs").text
    assert "some get the better leads" in shown
    assert "Fairness over time" in shown


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
