"""Groups, changes of many leads, saved views and custom fields, for scripts."""

import pytest

from tests.web.doors import HTMX, fields_of_problem


@pytest.fixture
def eve(door):
    return door.script("eve")


def test_a_change_of_many_leads_is_tried_then_done_and_tells_of_each(door, eve):
    ids = [door.lead(f"Many {n}")["id"] for n in range(3)]
    body = {"ids": ids, "change": {"set": {"city": "Lyon"}, "add_tags": ["far"]}}
    tried = eve.post("/leads/bulk", body | {"dry_run": True}).json()
    assert (tried["count"], tried["outcomes"]) == (3, {"changed": 3})
    assert eve.get(f"/leads/{ids[0]}").json()["address"]["city"] is None
    started = eve.post("/leads/bulk", body)
    assert started.status_code == 202
    door.kit.run_jobs()
    job = eve.get(f"/jobs/{started.json()['id']}").json()
    assert (job["state"], job["result"]) == ("done", {"changed": 3})
    rows = eve.get(f"/jobs/{job['id']}/rows").json()["items"]
    assert [row["record_id"] for row in rows] == ids
    assert eve.get(f"/leads/{ids[2]}").json()["tags"] == ["far"]
    undone = eve.post(f"/changes/{job['change_id']}/undo").json()
    assert undone["records"] == 3
    assert eve.get(f"/leads/{ids[2]}").json()["tags"] == []
    assert "ids" in fields_of_problem(eve.post("/leads/bulk", {"change": {}}))


def test_a_large_change_is_taken_back_by_a_job(door, eve, monkeypatch):
    ids = [door.lead(f"Large {n}")["id"] for n in range(3)]
    body = {"ids": ids, "change": {"set": {"city": "Lyon"}}}
    change_id = eve.post("/leads/bulk", body).json()["change_id"]
    door.kit.run_jobs()
    monkeypatch.setattr("crmkit.core.undo.changes.BATCH", 2)
    page = door.person("eve")("POST", f"/changes/{change_id}/undo", headers=HTMX)
    undoing = eve.post(f"/changes/{change_id}/undo")
    assert undoing.status_code == 202
    assert f'href="/jobs/{undoing.json()["id"]}"' in page.text
    door.kit.run_jobs()
    assert eve.get(f"/jobs/{undoing.json()['id']}").json()["result"]["records"] == 3
    assert eve.get(f"/leads/{ids[0]}").json()["address"]["city"] is None


def test_groups_count_and_sum(door, eve):
    for amount in ("10", "20"):
        door.lead("Grouped", expected_revenue=amount)
    asked = {"filter": 'name = "Grouped"', "by": "team,stage"}
    (group,) = eve.get("/groups", params=asked).json()["items"]
    assert [key["field"] for key in group["keys"]] == ["team", "stage"]
    assert group["total"]["count"] == 2
    assert group["total"]["sum"]["base"] == "30"
    assert eve.get("/groups", params={"by": "tags"}).status_code == 422


def test_a_view_is_made_changed_and_taken_away(eve):
    made = eve.post("/views", {"name": "Mine", "filter": "probability > 10"}).json()
    assert made["tree"]["operator"] == ">"
    path = f"/views/{made['id']}"
    assert eve.patch(path, {"name": "Other"}).json()["name"] == "Other"
    assert [view["name"] for view in eve.get("/views").json()["items"]] == ["Other"]
    assert eve.delete(path).status_code == 204
    assert eve.get(path).status_code == 404
    assert eve.post("/views", {"name": "x", "filter": "no = 1"}).status_code == 422


def test_a_field_is_made_filled_indexed_hidden_and_brought_back(door, eve):
    made = eve.post("/fields", {"slug": "seats", "label": "Seats", "type": "whole"})
    path = f"/fields/{made.json()['id']}"
    lead = door.lead("Seated", custom={"seats": 4})
    assert lead["custom"]["seats"] == 4
    changed = eve.patch(f"/leads/{lead['id']}", {"custom": {"seats": 5}}).json()
    assert changed["custom"]["seats"] == 5
    found = eve.get("/leads", params={"filter": "seats = 5"}).json()["items"]
    assert [one["id"] for one in found] == [lead["id"]]
    assert eve.post(f"{path}/index").status_code == 202
    door.kit.run_jobs()
    names = [one["name"] for one in eve.get("/fields").json()["items"]]
    assert "seats" in names
    assert eve.patch(path, {"label": "Places"}).json()["is_indexed"] is True
    assert eve.delete(path).status_code == 204
    assert "seats" not in eve.get(f"/leads/{lead['id']}").json()["custom"]
    assert eve.post(f"{path}/restore").status_code == 200
    wrong = eve.patch(f"/leads/{lead['id']}", {"custom": {"seats": "many"}})
    assert "custom.seats" in fields_of_problem(wrong)
