from __future__ import annotations

from decimal import Decimal

import pytest

from crmkit.core import (
    MemberDraft,
    edit_member,
    get_member,
    get_team,
    get_user,
)
from crmkit_assignment.rules import (
    TeamRuleDraft,
    change_team_rule,
    describe_rules,
    read_options,
)

pytestmark = pytest.mark.plugins("assignment")


@pytest.mark.databases("sqlite")
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


@pytest.mark.databases("sqlite")
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


@pytest.mark.databases("sqlite")
def test_a_form_says_what_is_wrong_with_it_and_keeps_what_was_typed(kit, crm_door):
    person = crm_door.person("max")
    path = f"/p/assignment/rules/{kit.lyon}/{kit.ann}"
    for name, typed, said in (
        ("daily", "many", "whole number from 0 to 100000"),
        ("weekdays", "9", "whole number from 0 to 6"),
        ("absences", "next week", "pair of days"),
        ("absences", "2026-02-02 2026-02-01", "pair of days"),
        ("accepts", "shoe = 1", "shoe"),
    ):
        other = {"preferred": "priority = 3", name: typed}
        refused = person.post(path, data=other)
        assert refused.status_code == 422
        assert said in refused.text
        assert name == "weekdays" or typed in refused.text
        assert 'value="priority = 3"' in refused.text
        assert f'id="m{kit.lyon}-{kit.ann}" open' in refused.text
    options = person.post("/p/assignment/options", data={"max_age_days": "ten"})
    assert options.status_code == 422
    assert 'value="ten"' in options.text


@pytest.mark.databases("sqlite")
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


@pytest.mark.databases("sqlite")
def test_by_hand_a_lead_goes_to_any_team_but_never_over_a_capacity(
    kit, world, crm_door
):
    with kit.work() as uow:
        for team in (kit.lyon, kit.oslo):
            change_team_rule(uow, team, TeamRuleDraft(filter='country = "FR"'))
    ids = world.leads(2, country="IT")
    world.capacity(kit.oslo, kit.oli, 1)
    run = world.run(is_dry=True)
    person, path = crm_door.person("max"), f"/p/assignment/runs/{run.id}"
    for lead_id, status in zip(ids, (303, 409), strict=True):
        typed = {"owner_id": str(kit.oli)}
        answer = person.post(f"{path}/leads/{lead_id}", data=typed)
        assert answer.status_code == status
    assert "Oli is at capacity: 1 of 1 leads." in answer.text
    stays = person.get(path, params={"show": "stays"}).text
    assert f'id="lead-{ids[1]}"' in stays
    assert f'id="lead-{ids[0]}"' not in stays
    person.post(f"{path}/apply")
    kit.run_jobs()
    assert world.owners(ids) == [kit.oli, None]
