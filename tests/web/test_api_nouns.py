"""Contacts, stages, choices, teams, users, fields, plugins through the API."""

from __future__ import annotations

import pytest

from tests.web.cases import CHOICES
from tests.web.doors import fields_of_problem

CONTACT = set(
    "id version kind name company_id email phone website vat address language industry "
    "employees owner_id".split()
)


@pytest.fixture
def eve(door):
    return door.script("eve")


def test_a_contact_is_created_edited_and_deleted(eve):
    company = eve.post("/contacts", {"name": "Aqua", "kind": "company"}).json()
    sent = {"name": "Ada", "company_id": company["id"], "email": "ada@example.org"}
    created = eve.post("/contacts", {**sent, "address": {"city": "Lyon"}})
    assert created.status_code == 201, created.text
    body = created.json()
    assert set(body) >= CONTACT
    assert (body["kind"], body["address"]["city"]) == ("person", "Lyon")
    path = f"/contacts/{body['id']}"
    assert eve.get(path).json() == body
    changed = eve.patch(path, {"email": None, "address": {"city": None}}).json()
    assert (changed["email"], changed["address"]["city"]) == (None, None)
    old = {"if-match": created.headers["etag"]}
    refused = eve.patch(path, {"email": "a@example.org"}, headers=old)
    assert refused.status_code == 412
    assert refused.json()["current"]["version"] == changed["version"]
    assert eve.patch(path, {"phone": "1"}, headers=old).status_code == 200
    assert eve.delete(path).status_code == 204
    assert eve.get(path).status_code == 404
    assert eve.post(f"{path}/restore").json()["name"] == "Ada"
    assert eve.get(path).status_code == 200
    assert eve.post(f"{path}/restore").status_code == 404
    assert "name" in fields_of_problem(eve.post("/contacts", {"name": ""}))
    assert fields_of_problem(eve.patch(f"/contacts/{company['id']}", {"hue": 1}))


def test_contacts_come_in_pages(eve):
    for number in range(5):
        eve.post("/contacts", {"name": f"Paged {number}"})
    page = eve.get("/contacts?q=Paged&limit=2&sort=name&total=exact").json()
    assert (page["total"], page["has_more"]) == (5, True)
    found = [contact["name"] for contact in page["items"]]
    while page["next_cursor"]:
        query = {"q": "Paged", "limit": 2, "sort": "name"}
        query["cursor"] = page["next_cursor"]
        page = eve.get("/contacts", params=query).json()
        found += [contact["name"] for contact in page["items"]]
    assert found == [f"Paged {number}" for number in range(5)]


def test_stages_are_made_edited_and_archived(door, eve):
    created = eve.post("/stages", {"name": "Talks", "probability": "30"})
    assert created.status_code == 201
    stage = created.json()
    assert (stage["probability"], stage["is_won"]) == ("30", False)
    path = f"/stages/{stage['id']}"
    changed = eve.patch(path, {"rotting_days": 5}).json()
    assert (changed["rotting_days"], changed["name"]) == (5, "Talks")
    assert eve.get(path).json() == changed
    assert "probability" in fields_of_problem(eve.patch(path, {"probability": 101}))
    assert "team_ids" in fields_of_problem(eve.patch(path, {"team_id": 10**6}))
    names = [stage["name"] for stage in eve.get("/stages").json()["items"]]
    assert names == ["New", "Proposal", "Won", "Talks"]
    lead = door.lead("Standing", stage_id=stage["id"])
    assert eve.delete(path).status_code == 409
    eve.post(f"/leads/{lead['id']}/move", {"stage_id": door.kit.new})
    assert eve.delete(path).status_code == 204
    assert eve.get(path).json()["archived_at"] is not None
    (gone,) = eve.get("/stages?archived=true").json()["items"]
    assert gone["name"] == "Talks"
    moved = eve.post(f"/leads/{lead['id']}/move", {"stage_id": stage["id"]})
    assert moved.status_code == 404
    assert eve.post(f"{path}/restore").json()["archived_at"] is None
    assert eve.get("/stages?archived=true").json()["items"] == []


@pytest.mark.parametrize("path", CHOICES)
def test_choices_are_made_renamed_and_archived(eve, path):
    created = eve.post(f"/{path}", {"name": "Price"})
    assert created.status_code == 201
    choice = created.json()
    assert set(choice) == {"id", "version", "name", "archived_at"}
    again = eve.post(f"/{path}", {"name": " price "})
    assert again.status_code in {409, 422}
    renamed = eve.patch(f"/{path}/{choice['id']}", {"name": "Too dear"}).json()
    assert renamed["name"] == "Too dear"
    assert renamed in eve.get(f"/{path}").json()["items"]
    assert eve.delete(f"/{path}/{choice['id']}").status_code == 204
    assert renamed not in eve.get(f"/{path}").json()["items"]
    (gone,) = eve.get(f"/{path}?archived=true").json()["items"]
    assert (gone["id"], gone["archived_at"] is None) == (choice["id"], False)
    assert eve.post(f"/{path}/{choice['id']}/restore").json()["archived_at"] is None
    found = eve.get(f"/{path}").json()["items"]
    assert [one["id"] for one in found] == [choice["id"]]
    assert eve.get(f"/{path}/{choice['id']}").json() == found[0]


def test_teams_and_their_members(door, eve):
    team = eve.post("/teams", {"name": "Bergen"}).json()
    path = f"/teams/{team['id']}"
    led = eve.patch(path, {"leader_id": door.kit.bob}).json()
    assert (led["name"], led["leader_id"]) == ("Bergen", door.kit.bob)
    joined = eve.post(f"{path}/members", {"user_id": door.kit.bob, "capacity": 20})
    assert joined.status_code == 201
    assert joined.json() == {
        "user_id": door.kit.bob,
        "name": "Bob",
        "capacity": 20,
        "version": 1,
    }
    (member,) = eve.get(f"{path}/members").json()["items"]
    assert member == joined.json()
    busy = eve.patch(f"{path}/members/{door.kit.bob}", {"capacity": 5}).json()
    assert busy == {**member, "capacity": 5, "version": 2}
    nobody = eve.patch(f"{path}/members/{door.kit.ann}", {"capacity": 5})
    assert nobody.status_code == 404
    assert eve.delete(f"{path}/members/{door.kit.bob}").status_code == 204
    assert eve.get(f"{path}/members").json()["items"] == []
    assert eve.delete(f"{path}/members/{door.kit.bob}").status_code == 404
    assert eve.delete(path).status_code == 204
    assert team["id"] not in {one["id"] for one in eve.get("/teams").json()["items"]}
    (gone,) = eve.get("/teams?archived=true").json()["items"]
    assert gone["id"] == team["id"]
    assert eve.post(f"{path}/restore").json()["archived_at"] is None
    assert team["id"] in {one["id"] for one in eve.get("/teams").json()["items"]}


def test_users_are_added_and_shut_out(door, eve):
    created = eve.post("/users", {"name": "Ida", "email": "ida@example.org"})
    assert created.status_code == 201
    user = created.json()
    assert (user["role"], user["disabled_at"]) == ("own", None)
    assert "password_hash" not in user
    twice = eve.post("/users", {"name": "Ida", "email": "IDA@example.org"})
    assert "email" in fields_of_problem(twice)
    wrong = eve.post("/users", {"name": "Ida", "email": "nonsense"})
    assert "email" in fields_of_problem(wrong)
    door.kit.people["ida"] = user["id"]
    assert door.script("ida").get("/leads").status_code == 200
    assert eve.delete(f"/users/{user['id']}").status_code == 204
    assert door.script("ida").get("/leads").status_code == 401
    assert user["id"] not in {one["id"] for one in eve.get("/users").json()["items"]}
    (gone,) = eve.get("/users?disabled=true").json()["items"]
    assert gone["id"] == user["id"]
    assert eve.post(f"/users/{user['id']}/restore").json()["disabled_at"] is None
    assert user["id"] in {one["id"] for one in eve.get("/users").json()["items"]}


def test_fields_are_described(eve):
    items = eve.get("/fields?entity=lead").json()["items"]
    by_name = {field["name"]: field for field in items}
    revenue = by_name["expected_revenue"]
    assert (revenue["type"], revenue["label"]) == ("money", "Expected revenue")
    assert by_name["name"]["is_required"] is True
    assert eve.get("/fields?entity=contact").status_code == 200
    assert eve.get("/fields?entity=nothing").status_code in {404, 422}


def test_there_is_no_plugin_that_is_not_installed(eve):
    assert eve.get("/plugins").json() == {"items": []}
    assert eve.get("/plugins/none").status_code == 404
    assert eve.patch("/plugins/none", {"enabled": False}).status_code == 404


def test_health_is_told_to_anybody(door):
    answer = door.stranger.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    answer = door.stranger.get("/readyz")
    checks = {"database": "ok", "migrations": "ok", "workers": "none"}
    assert (answer.status_code, answer.json()["checks"]) == (200, checks)


def test_an_address_that_is_none_is_a_problem(door, eve):
    missing = eve.get("/nothing")
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"
    wrong = eve.delete("/leads")
    assert wrong.status_code == 405
    assert wrong.headers["content-type"] == "application/problem+json"
    page = door.person("eve").get("/nothing")
    assert page.status_code == 404
    assert "text/html" in page.headers["content-type"]


def test_the_openapi_document_names_every_route_of_the_api(door):
    document = door.stranger.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert "/api/v1/leads/{lead_id}" in document["paths"]
    assert "/api/v1/pipeline" in document["paths"]
    assert not [path for path in document["paths"] if path.startswith("/leads")]


def test_a_search_answers_places_of_words_not_markup(door):
    lead = door.lead("<b>Quetzal</b> farm", company_name="Quetzalcoatl")
    eve = door.script("eve")
    (hit,) = eve.get("/search", params={"q": "quetz"}).json()["items"]
    assert hit == {
        "kind": "lead",
        "id": lead["id"],
        "title": "<b>Quetzal</b> farm",
        "line": "Quetzalcoatl",
        "marks": {"title": [[3, 8]], "line": [[0, 5]]},
        "state": "open",
        "lead_id": None,
    }
    asked = {"q": "quetz", "kind": "contact"}
    assert eve.get("/search", params=asked).json() == {"items": [], "has_more": False}
    assert eve.get("/search").status_code == 422
    assert eve.get("/search", params={"q": "a", "kind": "cow"}).status_code == 422
    page = door.person("eve").get("/search?q=quetz").text
    assert "&lt;b&gt;<mark>Quetz</mark>al&lt;/b&gt; farm" in page


def test_the_palette_finds_records_places_and_offers_a_new_lead(door):
    lead = door.lead("Palisade works", company_name="Zephyr")
    eve, ann = door.person("eve"), door.person("ann")
    lines = eve.get("/palette?q=palis").text
    assert f'href="/leads/{lead["id"]}"' in lines
    assert "<mark>Palis</mark>ade works" in lines
    assert 'href="/leads/new?name=palis"' in lines
    assert 'href="/contacts"' not in lines
    assert 'value="palis"' in eve.get("/leads/new?name=palis").text
    assert "/settings" in eve.get("/palette?q=set").text
    everything = ann.get("/palette").text
    assert 'href="/pipeline"' in everything
    assert 'href="/settings"' not in everything
    assert eve.get("/palette", params={"q": "x" * 251}).status_code == 422
