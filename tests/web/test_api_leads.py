"""Leads through the API: shape, merge-patch, versions, pages, outcomes."""

from __future__ import annotations

import pytest

from tests.web.doors import fields_of_problem

LEAD = set(
    "id version kind status archived_at name contact_id contact_name company_name "
    "email phone website address language stage_id team_id owner_id priority tags "
    "source medium campaign expected_revenue currency base_revenue probability "
    "probability_is_manual automatic_probability weighted_revenue expected_close "
    "lost_reason_id lost_note created_at updated_at stage_entered_at assigned_at "
    "qualified_at closed_at next_activity custom".split()
)
ADDRESS = {"street", "street2", "zip", "city", "state", "country"}


@pytest.fixture
def eve(door):
    return door.script("eve")


@pytest.fixture
def lead(door):
    return door.lead("Pump", expected_revenue="100.5")


def test_a_lead_is_created_with_all_it_can_hold(door, eve):
    sent = {
        "name": "Pump station",
        "contact_name": "Ada",
        "company_name": "Aqua",
        "email": "ada@example.org",
        "phone": "06 12 34 56 78",
        "website": "https://example.org",
        "address": {
            "street": "1 quai",
            "zip": "69001",
            "city": "Lyon",
            "country": "FR",
        },
        "language": "fr",
        "stage_id": door.kit.proposal,
        "team_id": door.kit.lyon,
        "owner_id": door.kit.ann,
        "priority": 2,
        "tags": ["Hot", "New"],
        "expected_revenue": "1250.75",
        "currency": "EUR",
        "expected_close": "2026-12-31",
    }
    answer = eve.post("/leads", sent)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert set(body) >= LEAD
    assert set(body["address"]) == ADDRESS
    assert answer.headers["etag"] == f'"{body["version"]}"'
    address = {**dict.fromkeys(ADDRESS), **sent["address"]}
    expected = {**sent, "address": address}
    assert {name: body[name] for name in sent} == expected
    assert (body["probability"], body["weighted_revenue"]) == ("50", "625.38")
    assert (body["status"], body["kind"]) == ("open", "opportunity")
    again = eve.get(f"/leads/{body['id']}")
    assert again.json() == body
    assert again.headers["etag"] == answer.headers["etag"]
    assert again.headers["content-type"] == "application/json"


def test_what_cannot_be_is_refused_field_by_field(eve):
    sent = {"name": "", "expected_revenue": "much", "priority": 9, "color": "red"}
    said = fields_of_problem(eve.post("/leads", sent))
    assert said == {
        "name": "This is needed.",
        "expected_revenue": "Write a number, like 48500.50.",
        "priority": "At most 3.",
        "color": "There is no field of this name.",
    }
    assert "name" in fields_of_problem(eve.post("/leads", {}))
    unknown = eve.post("/leads", {"name": "X", "stage_id": 999_999})
    assert "stage_id" in fields_of_problem(unknown)


def test_the_sentences_come_in_the_language_that_is_asked_for(eve):
    french = eve.post("/leads", {"name": ""}, headers={"accept-language": "fr-FR"})
    said = fields_of_problem(french)["name"]
    assert said != fields_of_problem(eve.post("/leads", {"name": ""}))["name"]


def test_a_merge_patch_changes_what_it_names_and_null_empties(eve, lead):
    path = f"/leads/{lead['id']}"
    values = {"company_name": "Aqua", "address": {"city": "Lyon", "zip": "69001"}}
    changed = eve.patch(path, {**values, "tags": ["Hot"]}).json()
    assert changed["version"] > lead["version"]
    assert (changed["company_name"], changed["address"]["zip"]) == ("Aqua", "69001")
    assert changed["name"] == "Pump"
    emptied = eve.patch(path, {"company_name": None, "address": {"zip": None}}).json()
    assert emptied["company_name"] is None
    assert (emptied["address"]["city"], emptied["address"]["zip"]) == ("Lyon", None)
    assert eve.patch(path, {"address": None}).json()["address"]["city"] is None
    assert eve.patch(path, {"tags": None}).json()["tags"] == []
    assert eve.patch(path, {"expected_revenue": None}).json()["expected_revenue"] == "0"
    assert "name" in fields_of_problem(eve.patch(path, {"name": None}))
    assert eve.get(path).json()["name"] == "Pump"


def test_a_patch_may_move_a_lead(door, eve, lead):
    path = f"/leads/{lead['id']}"
    moved = eve.patch(path, {"stage_id": door.kit.proposal, "name": "Moved"}).json()
    assert (moved["stage_id"], moved["name"]) == (door.kit.proposal, "Moved")
    assert moved["probability"] == "50"


def test_a_stale_if_match_is_refused_with_the_record_as_it_is(eve, lead):
    path, old = f"/leads/{lead['id']}", {"if-match": f'"{lead["version"]}"'}
    assert eve.patch(path, {"name": "Theirs"}).status_code == 200
    refused = eve.patch(path, {"name": "Mine"}, headers=old)
    assert refused.status_code == 412
    assert refused.headers["content-type"] == "application/problem+json"
    body = refused.json()
    assert body["current"] == eve.get(path).json()
    assert body["current"]["name"] == "Theirs"
    assert "name" in body["detail"]
    other = eve.patch(path, {"phone": "06 12 34 56 78"}, headers=old)
    assert other.status_code == 200
    assert other.json()["name"] == "Theirs"


def test_a_current_if_match_and_a_star_go_through(eve, lead):
    path = f"/leads/{lead['id']}"
    etag = eve.get(path).headers["etag"]
    for value in (etag, f"W/{etag}", "*"):
        answer = eve.patch(path, {"priority": 1}, headers={"if-match": value})
        assert answer.status_code == 200


def test_a_stale_move_is_refused(door, eve, lead):
    path, old = f"/leads/{lead['id']}/move", {"if-match": f'"{lead["version"]}"'}
    assert eve.post(path, {"stage_id": door.kit.proposal}).status_code == 200
    refused = eve.post(path, {"stage_id": door.kit.new}, headers=old)
    assert refused.status_code == 412
    assert refused.json()["detail"]
    assert eve.get(f"/leads/{lead['id']}").json()["stage_id"] == door.kit.proposal


def test_winning_losing_restoring(door, eve, lead):
    path = f"/leads/{lead['id']}"
    won = eve.post(f"{path}/win").json()
    assert (won["status"], won["probability"], won["stage_id"]) == (
        "won",
        "100",
        door.kit.won,
    )
    assert won["closed_at"].endswith("Z")
    back = eve.post(f"{path}/restore").json()
    assert (back["status"], back["closed_at"]) == ("open", None)
    reason = eve.post("/lost-reasons", {"name": "Too dear"}).json()
    lost = eve.post(f"{path}/lose", {"reason": "Too dear", "note": "Alas"}).json()
    assert (lost["status"], lost["probability"]) == ("lost", "0")
    assert (lost["lost_reason_id"], lost["lost_note"]) == (reason["id"], "Alas")
    assert eve.post(f"{path}/win").status_code in {409, 422}
    eve.post(f"{path}/restore")
    by_id = eve.post(f"{path}/lose", {"reason_id": reason["id"]}).json()
    assert by_id["lost_reason_id"] == reason["id"]
    none = eve.post(f"{path}/lose", {"reason_id": 999_999})
    assert none.status_code in {404, 409, 422}


def test_an_archived_lead_leaves_the_lists(eve):
    lead = eve.post("/leads", {"name": "Archivable"}).json()
    archived = eve.post(f"/leads/{lead['id']}/archive").json()
    assert archived["archived_at"] is not None
    assert eve.get("/leads?q=Archivable").json()["items"] == []
    assert eve.get(f"/leads/{lead['id']}").status_code == 200


def test_a_deleted_lead_is_gone_until_it_is_restored(eve):
    lead = eve.post("/leads", {"name": "Deletable"}).json()
    path = f"/leads/{lead['id']}"
    deleted = eve.delete(path)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert eve.get(path).status_code == 404
    assert eve.get("/leads?q=Deletable").json()["items"] == []
    assert eve.post(f"{path}/restore").status_code == 200
    assert eve.get(path).json()["name"] == "Deletable"


@pytest.mark.parametrize("sort", ["name", "-expected_revenue", "-created_at", "stage"])
def test_cursors_give_every_lead_once_in_order(eve, sort):
    if not eve.get("/leads?q=Paged").json()["items"]:
        for number in range(7):
            revenue = str(number % 3)
            eve.post("/leads", {"name": f"Paged {number}", "expected_revenue": revenue})
    first = eve.get(f"/leads?q=Paged&limit=3&sort={sort}&total=exact").json()
    assert set(first) == {"items", "next_cursor", "has_more", "total"}
    assert (first["total"], first["has_more"], len(first["items"])) == (7, True, 3)
    found, cursor = [lead["id"] for lead in first["items"]], first["next_cursor"]
    while cursor:
        query = {"q": "Paged", "limit": 3, "sort": sort, "cursor": cursor}
        page = eve.get("/leads", params=query).json()
        found += [lead["id"] for lead in page["items"]]
        cursor = page["next_cursor"]
        assert page["has_more"] is (cursor is not None)
    whole = eve.get(f"/leads?q=Paged&sort={sort}").json()["items"]
    assert found == [lead["id"] for lead in whole]
    assert len(set(found)) == 7
    if sort == "name":
        assert [lead["name"] for lead in whole] == [f"Paged {n}" for n in range(7)]


def test_a_cursor_is_of_one_order_only(eve):
    for number in range(3):
        eve.post("/leads", {"name": f"Mixed {number}"})
    cursor = eve.get("/leads?q=Mixed&limit=1&sort=name").json()["next_cursor"]
    answer = eve.get("/leads", params={"cursor": cursor, "sort": "-name"})
    assert "cursor" in fields_of_problem(answer)


def test_a_filter_narrows_and_a_wrong_one_says_where(eve):
    eve.post("/leads", {"name": "Filtered", "expected_revenue": "77"})
    found = eve.get("/leads", params={"filter": "expected_revenue = 77"}).json()
    assert [lead["name"] for lead in found["items"]] == ["Filtered"]
    wrong = eve.get("/leads", params={"filter": "expected_revenue >"})
    assert wrong.status_code == 422
    assert wrong.json()["detail"]
    assert eve.get("/leads?sort=nothing").status_code == 422
    assert eve.get("/leads?limit=501").status_code == 422
    assert eve.get("/leads?limit=0").status_code == 422


def test_undo_takes_back_a_change(eve, lead):
    path = f"/leads/{lead['id']}"
    eve.patch(path, {"company_name": "Undone Ltd"})
    event = eve.get(f"/events?lead_id={lead['id']}").json()["items"][0]
    assert event["kind"] == "lead.changed"
    undone = eve.post(f"/changes/{event['change_id']}/undo")
    assert undone.status_code == 200
    assert set(undone.json()) == {"change_id", "undoes", "records", "kept"}
    assert undone.json()["records"] == 1
    assert eve.get(path).json()["company_name"] is None
    again = eve.post(f"/changes/{event['change_id']}/undo")
    assert again.status_code == 422
    assert "undone already" in again.json()["detail"]
