"""Who may do what: every role at every route, with records that are not his."""

from __future__ import annotations

import pytest

from crmkit.core import (
    UserDraft,
    add_user,
    edit_lead,
    get_lead,
    get_stage,
    move_lead,
    read_lead,
)
from crmkit.hooks import Permission, Plugin
from crmkit.testing import routes_of, sample_plugin

from tests.web.cases import EVERY, Needs
from tests.web.doors import borrow_door
from tests.web.foreign import (
    MAKERS,
    RATED,
    SECRET,
    foreign_contact,
    foreign_lead,
    secret_name,
)
from tests.web.knocking import ask, cases, is_served

BLIND = ("ann", "tom")


@pytest.fixture(scope="module")
def door(crm_database, crm_templates):
    permission = Permission(name="do_it", label="Do it")
    sample = sample_plugin(Plugin(id="sample", name="S", permissions=(permission,)))
    settings = {"contacts_for_all": False}
    with borrow_door(crm_database, crm_templates, sample, **settings) as opened:
        yield opened


def test_every_route_says_in_the_table_who_may_use_it(door):
    assert routes_of(door.app) == set(EVERY)


def test_what_is_somebody_elses_own_is_there_for_admins(door):
    for route, case in cases(Needs.OWN):
        answer = ask(door, "eve", route, case)
        if route.endswith("/retry"):
            assert answer.status_code == 409, (route, answer.text)
        else:
            assert answer.status_code < 400, (route, answer.text)


@pytest.mark.parametrize("who", ["lea", "max", "eve"])
def test_who_sees_all_is_served_on_every_route_of_a_record(door, who):
    for route, case in cases(Needs.RECORD):
        answer = ask(door, who, route, case)
        if "{change_id}" in route and who == "lea":
            assert answer.status_code == 422, (route, answer.text)
        else:
            assert is_served(route, answer), (route, answer.text)


@pytest.mark.parametrize(
    ("who", "needs"),
    [
        ("max", (Needs.MANAGER,)),
        ("eve", (Needs.MANAGER, Needs.ADMIN)),
    ],
)
def test_configuring_is_let_to_its_roles(door, who, needs):
    for route, case in cases(*needs):
        answer = ask(door, who, route, case)
        is_done = answer.status_code < 400 or is_served(route, answer)
        assert is_done, (route, answer.text)


def test_whoever_shows_no_sign_in_gets_nothing(door):
    for route, case in EVERY.items():
        if case.needs is Needs.NOTHING:
            continue
        method, path = route.split(" ")
        path = path.replace("{name}", "name").replace("{change_id}", "x")
        path = path.replace("{plugin_id}", "sample").replace("{day}", RATED)
        path = path.replace("{permission}", "sample.do_it")
        for name in MAKERS | {"record_id": None}:
            path = path.replace(f"{{{name}}}", "1")
        body = {"json": case.json, "data": case.form or None}
        path += case.query
        answer = door.stranger(method, path, **body, files=case.files or None)
        if path.startswith("/api/"):
            assert answer.status_code == 401, route
        else:
            assert answer.status_code == 303, route
            assert answer.headers["location"].startswith("/sign-in"), route


def test_a_wrong_token_is_none(door):
    for value in ("Bearer nonsense", "Bearer ", "Bearer", "Basic YTpi", "", "x" * 9000):
        headers = {"authorization": value}
        answer = door.stranger.get("/api/v1/leads", headers=headers)
        assert answer.status_code == 401, value
        assert answer.json()["detail"] == "Sign in first."


def test_a_token_opens_no_page_and_a_sign_in_no_script(door):
    token = door.script("eve").headers
    assert door.stranger.get("/pipeline", headers=token).status_code == 303
    cookie = door.person("eve").headers
    assert door.stranger.get("/api/v1/leads", headers=cookie).status_code == 401


LISTS = (
    "/api/v1/leads?total=exact",
    f"/api/v1/leads?q={SECRET}&total=exact",
    "/api/v1/leads?sort=-expected_revenue",
    "/api/v1/leads?filter=expected_revenue+%3E+1000002&total=exact",
    "/api/v1/contacts?total=exact",
    f"/api/v1/contacts?q={SECRET}&total=exact",
    "/api/v1/events",
    "/api/v1/events?kind=lead.noted",
    "/api/v1/pipeline",
    "/api/v1/pipeline?filter=expected_revenue+%3E+1000002",
    "/pipeline",
    "/leads",
    "/leads?filter=expected_revenue+%3E+1000002",
    "/contacts",
)


@pytest.mark.parametrize("who", BLIND)
def test_lists_counts_and_sums_tell_nothing_of_hidden_records(door, who):
    foreign_lead(door)
    foreign_contact(door)
    for path in LISTS:
        is_api = path.startswith("/api/")
        caller = door.script(who) if is_api else door.person(who)
        text = caller.get(path.removeprefix("/api/v1")).text
        text = text.replace(f'value="{SECRET}"', "")  # what he typed himself
        assert SECRET not in text, path
        assert "1000003" not in text, path
        assert "1,000,003" not in text, path


@pytest.mark.parametrize("who", BLIND)
def test_counts_and_sums_are_those_of_what_one_sees(door, who):
    secret = foreign_lead(door)
    mine = door.kit.lead("Seen by Ann and Tom", expected_revenue=7).id
    script = door.script(who)
    seen = script.get("/leads?total=exact&limit=500").json()
    ids = {lead["id"] for lead in seen["items"]}
    assert mine in ids
    assert secret not in ids
    assert seen["total"] == len(ids)
    columns = script.get("/pipeline?cards=500").json()["columns"]
    cards = [card for column in columns for card in column["cards"]]
    assert sum(column["count"] for column in columns) == len(cards)
    assert secret not in {card["id"] for card in cards}
    for column in columns:
        worth = sum(float(card["expected_revenue"]) for card in column["cards"])
        assert float(column["sum"]["base"]) == worth


def test_a_role_counts_from_the_next_request_on(door):
    with door.kit.work() as uow:
        user = add_user(uow, UserDraft(name="Zoe"))
    door.kit.people["zoe"] = user.id
    lead_id = foreign_lead(door)
    assert door.script("zoe").get(f"/leads/{lead_id}").status_code == 404
    with door.kit.work() as uow:
        uow.session.get_one(type(user), user.id).role = type(user.role).ALL
    assert door.script("zoe").get(f"/leads/{lead_id}").status_code == 200


def test_a_lead_may_not_be_given_to_whom_one_may_not_give(door):
    kit = door.kit
    lead = kit.lead("Given")
    for who, owner in (("ann", kit.oli), ("tom", kit.oli)):
        answer = door.script(who).patch(f"/leads/{lead.id}", {"owner_id": owner})
        assert answer.status_code == 422, who
        created = door.script(who).post("/leads", {"name": "X", "owner_id": owner})
        assert created.status_code == 422, who
    with kit.read() as uow:
        assert read_lead(uow, lead.id)["owner_id"] == kit.ann


def test_what_left_ones_sight_is_gone_from_its_timeline_too(door):
    kit = door.kit
    lead = kit.lead("Leaving")
    assert door.script("ann").get(f"/leads/{lead.id}/timeline").status_code == 200
    with kit.work() as uow:
        values = {"owner_id": kit.oli, "team_id": kit.oslo, "name": secret_name()}
        edit_lead(uow, get_lead(uow, lead.id), values)
    with kit.work() as uow:
        move_lead(uow, get_lead(uow, lead.id), get_stage(uow, kit.proposal))
    assert door.script("ann").get(f"/leads/{lead.id}/timeline").status_code == 404
    assert door.script("ann").get(f"/events?lead_id={lead.id}").status_code == 404
    events = door.script("ann").get("/events?limit=200").json()["items"]
    assert lead.id not in {event["lead_id"] for event in events}
