"""Activities through the API: the agenda, changes, the bin, what comes next."""

from __future__ import annotations

import pytest

from tests.web.doors import fields_of_problem


@pytest.fixture
def eve(door):
    return door.script("eve")


def _plan(door, who, due_on, **fields):
    lead = door.lead(f"For {fields.get('summary', due_on)}")
    sent = {"type": "call", "due_on": due_on, **fields}
    answer = door.script(who).post(f"/leads/{lead['id']}/activities", sent)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_the_agenda_is_narrowed_by_owner_state_and_days(door, eve):
    bob = door.kit.bob
    late = _plan(door, "eve", "2026-11-20", summary="Late", owner_id=bob)
    today = _plan(door, "eve", "2026-11-24", summary="Today", owner_id=bob)
    later = _plan(door, "eve", "2026-12-24", summary="Later", owner_id=bob)
    eve.post(f"/activities/{later['id']}/done", {})
    _plan(door, "eve", "2026-11-20", summary="Another's")

    def found(query):
        answer = eve.get(f"/activities?owner_id={bob}&{query}")
        assert answer.status_code == 200, answer.text
        return [one["summary"] for one in answer.json()["items"]]

    assert found("") == ["Late", "Today", "Later"]
    assert found("sort=-due") == ["Later", "Today", "Late"]
    assert found("state=late") == ["Late"]
    assert found("state=today") == ["Today"]
    assert found("state=planned") == []
    assert found("state=done") == ["Later"]
    assert found("due_since=2026-11-21&due_until=2026-11-30") == ["Today"]
    assert found("type=mail") == []
    assert found(f"lead_id={late['lead_id']}") == ["Late"]
    assert today["state"] == "today"


def test_the_agenda_comes_in_pages(door, eve):
    tom = door.kit.tom
    for day in ("2026-11-20", "2026-11-24"):
        _plan(door, "eve", day, owner_id=tom)
    later = _plan(door, "eve", "2026-12-24", summary="Later", owner_id=tom)
    first = eve.get(f"/activities?owner_id={tom}&limit=2&total=exact").json()
    assert (first["total"], first["has_more"]) == (3, True)
    assert first["items"][1]["lead_name"] == "For 2026-11-24"
    rest = {"owner_id": tom, "limit": 2, "cursor": first["next_cursor"]}
    second = eve.get("/activities", params=rest).json()
    assert [one["id"] for one in second["items"]] == [later["id"]]
    assert second["next_cursor"] is None


def test_the_agenda_shows_only_what_one_may_see(door, eve):
    foreign = door.lead("Foreign", owner_id=door.kit.oli, team_id=door.kit.oslo)
    path = f"/leads/{foreign['id']}/activities"
    eve.post(path, {"due_on": "2026-11-24", "owner_id": door.kit.ann})
    items = door.script("ann").get("/activities?limit=500").json()["items"]
    assert foreign["id"] not in {one["lead_id"] for one in items}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=lost", "state"),
        ("owner_id=me", "owner_id"),
        ("due_since=tomorrow", "due_since"),
        ("sort=colour", "sort"),
        ("cursor=nonsense", "cursor"),
        ("limit=0", "limit"),
    ],
)
def test_a_wrong_question_is_told_so(eve, query, field):
    assert field in fields_of_problem(eve.get(f"/activities?{query}"))


def test_an_activity_is_changed_by_a_merge_patch(door, eve):
    planned = _plan(door, "eve", "2026-12-01", summary="Call Ada", note="Softly")
    path = f"/activities/{planned['id']}"
    changed = eve.patch(path, {"due_at": "2026-12-02T09:00:00Z", "note": None})
    assert changed.status_code == 200, changed.text
    body = changed.json()
    assert (body["due_on"], body["due_at"]) == ("2026-12-02", "2026-12-02T09:00:00Z")
    assert (body["note"], body["summary"], body["version"]) == (None, "Call Ada", 2)
    assert changed.headers["etag"] == '"2"'
    lead = eve.get(f"/leads/{planned['lead_id']}").json()
    assert lead["next_activity"]["due_at"] == "2026-12-02T09:00:00Z"
    assert eve.patch(path, {"due_on": "2026-12-03"}).json()["due_at"] is None
    assert eve.patch(path, {}).json()["version"] == 3
    assert eve.patch(path, {"summary": None}).json()["summary"] == ""
    assert "hue" in fields_of_problem(eve.patch(path, {"hue": 1}))
    assert "type" in fields_of_problem(eve.patch(path, {"type": "dance"}))
    assert "summary" in fields_of_problem(eve.patch(path, {"summary": []}))
    assert eve.patch(path, {"due_on": None}).status_code == 422
    kinds = [
        one["kind"] for one in eve.get(f"/events?lead_id={lead['id']}").json()["items"]
    ]
    assert kinds[0] == "activity.changed"


def test_a_done_activity_stays_as_it_was(door, eve):
    planned = _plan(door, "eve", "2026-12-01")
    path = f"/activities/{planned['id']}"
    next_one = {"type": "meeting", "due_on": "2026-12-10", "summary": "Visit"}
    done = eve.post(f"{path}/done", {"feedback": "Keen", "next": next_one}).json()
    assert (done["state"], done["feedback"]) == ("done", "Keen")
    assert (done["next"]["summary"], done["next"]["state"]) == ("Visit", "planned")
    assert eve.patch(path, {"note": "Late thought"}).status_code == 422
    assert eve.post(f"{path}/done", {}).status_code == 422


def test_a_deleted_activity_is_in_the_bin(door, eve):
    planned = _plan(door, "eve", "2026-12-01")
    path, lead = f"/activities/{planned['id']}", f"/leads/{planned['lead_id']}"
    assert eve.delete(path).status_code == 204
    assert eve.get(path).status_code == 404
    assert eve.delete(path).status_code == 404
    assert eve.get(lead).json()["next_activity"] is None
    assert eve.get(f"{lead}/activities").json()["items"] == []
    assert eve.get(f"/activities?lead_id={planned['lead_id']}").json()["items"] == []
    assert eve.post(f"{path}/restore").json()["state"] == "planned"
    assert eve.get(lead).json()["next_activity"]["id"] == planned["id"]
    assert eve.post(f"{path}/restore").status_code == 404


def test_an_activity_names_its_type_by_id_or_by_name(door, eve):
    made = eve.post("/activity-types", {"name": "Visite de site", "icon": "map-pin"})
    assert made.status_code == 201, made.text
    assert made.json()["id"] == "visite_de_site"
    for named in ("visite_de_site", "Visite de Site"):
        assert _plan(door, "eve", "2026-12-01", type=named)["type"] == "visite_de_site"
    found = eve.get("/activities?type=Visite de site").json()["items"]
    assert len(found) == 2
    refused = eve.post(
        f"/leads/{door.lead()['id']}/activities",
        {"type": "dance", "due_on": "2026-12-01"},
    )
    assert "type" in fields_of_problem(refused)


def test_a_type_is_changed_by_a_merge_patch_and_keeps_its_id(eve):
    path = "/activity-types/demo"
    changed = eve.patch(path, {"name": "Show", "next_type": "Call", "delay_days": 9})
    body = changed.json()
    assert (body["id"], body["name"], body["next_type"]) == ("demo", "Show", "call")
    assert (body["delay_days"], body["chaining"], body["icon"]) == (9, "suggest", "eye")
    assert changed.headers["etag"] == f'"{body["version"]}"'
    assert "icon" in fields_of_problem(eve.patch(path, {"icon": "dragon"}))
    assert "next_type" in fields_of_problem(eve.patch(path, {"next_type": "dance"}))
    assert "name" in fields_of_problem(eve.patch(path, {"name": "call"}))
    assert eve.patch(path, {"name": "Demo", "next_type": None}).status_code == 200


def test_an_archived_type_is_offered_no_longer_and_comes_back(door, eve):
    _plan(door, "eve", "2026-12-01", type="demo")
    assert eve.delete("/activity-types/demo").status_code == 204
    ids = {one["id"] for one in eve.get("/activity-types").json()["items"]}
    assert "demo" not in ids
    gone = eve.get("/activity-types?archived=true").json()["items"]
    assert "demo" in {one["id"] for one in gone}
    assert eve.get("/activities?type=demo").json()["items"] != []
    assert eve.post("/activity-types/demo/restore").json()["archived_at"] is None
