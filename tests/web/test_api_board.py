"""The pipeline, timelines, notes, activities and events through the API."""

from __future__ import annotations

import pytest

from tests.web.doors import fields_of_problem

COLUMN = {"stage_id", "name", "count", "sum", "weighted_sum", "activity", "cards"}
SUM = {"base", "by_currency", "missing_rates"}
EVENT = {"id", "at", "actor_id", "kind", "lead_id", "change_id", "values"}
ACTIVITY = {"id", "type", "summary", "due_on", "due_at", "owner_id", "note", "state"}


@pytest.fixture
def eve(door):
    return door.script("eve")


def _columns(caller, **query):
    answer = caller.get("/pipeline", params=query)
    assert answer.status_code == 200, answer.text
    return {column["name"]: column for column in answer.json()["columns"]}


def test_the_pipeline_counts_and_sums_by_stage(door, eve):
    kit = door.kit
    for revenue in ("100", "50.5"):
        kit.lead("Summed", expected_revenue=revenue, stage_id=kit.proposal)
    kit.lead("Summed", expected_revenue="7", currency="USD", stage_id=kit.new)
    columns = _columns(eve, filter='name = "Summed"')
    proposal, new = columns["Proposal"], columns["New"]
    assert set(proposal) >= COLUMN
    assert set(proposal["sum"]) >= SUM
    assert set(proposal["activity"]) == {"late", "today", "planned", "none"}
    assert (proposal["count"], proposal["sum"]["base"]) == (2, "150.5")
    assert proposal["weighted_sum"]["base"] == "75.25"
    assert proposal["sum"]["by_currency"] == {"EUR": "150.5"}
    assert proposal["activity"]["none"] == 2
    assert len(proposal["cards"]) == 2
    assert new["sum"]["by_currency"] == {"USD": "7"}
    assert new["sum"]["missing_rates"] == ["USD"]
    assert new["sum"]["base"] == "0"
    assert columns["Won"]["count"] == 0


def test_the_pipeline_of_a_team_holds_its_leads_only(door, eve):
    kit = door.kit
    kit.lead("Teamed", team_id=kit.oslo, owner_id=kit.oli)
    kit.lead("Teamed", team_id=kit.lyon)
    word = 'name = "Teamed"'
    assert _columns(eve, filter=word)["New"]["count"] == 2
    assert _columns(eve, filter=word, team_id=kit.oslo)["New"]["count"] == 1
    assert eve.get("/pipeline?team_id=999").status_code == 404
    few = _columns(eve, filter=word, cards=1)["New"]
    assert (few["count"], len(few["cards"])) == (2, 1)


def test_the_pipeline_as_of_a_day_is_the_one_of_then(door, eve):
    clock = door.kit.crm.clock
    clock.advance(days=-3)
    lead = door.lead("Travelled", expected_revenue="100")
    clock.advance(days=3)
    eve.patch(f"/leads/{lead['id']}", {"expected_revenue": "250"})
    word = 'name = "Travelled"'
    for day, count, base in (
        ("2026-11-20", 0, "0"),
        ("2026-11-23", 1, "100"),
        ("2026-11-24", 1, "250"),
    ):
        column = _columns(eve, filter=word, as_of=day)["New"]
        assert (column["count"], column["sum"]["base"]) == (count, base)
        assert len(column["cards"]) == count
    for moment in ("2026-11-28", "never"):
        answer = eve.get("/pipeline", params={"as_of": moment})
        assert answer.status_code == 422
        assert set(fields_of_problem(answer)) == {"as_of"}


def test_what_changed_between_two_days_is_told(door, eve):
    clock = door.kit.crm.clock
    clock.advance(days=-3)
    lead = door.lead("Sold", expected_revenue="100")
    clock.advance(days=3)
    eve.patch(f"/leads/{lead['id']}", {"expected_revenue": "250"})
    eve.post(f"/leads/{lead['id']}/win")
    asked = {"filter": 'name = "Sold"', "from": "2026-11-23"}
    found = eve.get("/pipeline/changes", params=asked).json()
    assert found["open_before"] == {"count": 1, "base": "100", "without_rate": 0}
    assert found["won"] == {"count": 1, "base": "250", "without_rate": 0}
    assert found["up"]["base"] == "150"
    assert found["open_after"]["count"] == 0
    (told,) = found["leads"]
    assert (told["lead_id"], told["differences"]) == (lead["id"], ["won", "up"])
    month = eve.get("/pipeline/changes", params={"filter": 'name = "Sold"'}).json()
    assert (month["from"][:10], month["entered"]["count"]) == ("2026-10-25", 1)
    none = eve.get("/pipeline/changes", params={**asked, "kind": "lost"}).json()
    assert none["leads"] == []
    for wrong, field in (
        ({"from": "2026-11-23", "to": "2026-11-20"}, "from"),
        ({"from": "2026-11-23", "to": "2099-01-01"}, "to"),
        ({"from": "soon"}, "from"),
    ):
        answer = eve.get("/pipeline/changes", params=wrong)
        assert set(fields_of_problem(answer)) == {field}


def test_the_timeline_tells_what_happened_newest_first(door, eve):
    lead = door.lead("Told")
    path = f"/leads/{lead['id']}"
    note = eve.post(f"{path}/notes", {"text": "Rang Ada."})
    assert note.status_code == 201
    assert set(note.json()) == {"id", "text", "created_at", "author_id", "mentions"}
    assert note.json()["author_id"] == door.kit.eve
    eve.patch(path, {"company_name": "Aqua"})
    items = eve.get(f"{path}/timeline").json()["items"]
    assert [item["kind"] for item in items] == [
        "lead.changed",
        "lead.noted",
        "lead.created",
    ]
    assert items[1]["text"] == "Rang Ada."
    assert items[0]["values"] == {"company_name": [None, "Aqua"]}
    only = eve.get(f"{path}/timeline?kind=lead.noted").json()["items"]
    assert [item["id"] for item in only] == [items[1]["id"]]
    assert "text" in fields_of_problem(eve.post(f"{path}/notes", {"text": ""}))


@pytest.mark.parametrize("where", ["timeline", "events"])
def test_a_history_comes_in_pages(door, eve, where):
    lead = door.lead(f"Paged in {where}")
    for number in range(4):
        eve.patch(f"/leads/{lead['id']}", {"priority": number % 2})
    paths = {
        "timeline": f"/leads/{lead['id']}/timeline?limit=2",
        "events": f"/events?lead_id={lead['id']}&limit=2",
    }
    found: list[int] = []
    cursor: int | None = 0
    while cursor is not None:
        page = eve.get(paths[where] + (f"&cursor={cursor}" if cursor else "")).json()
        assert set(page) == {"items", "next_cursor", "has_more"}
        found += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert len(found) == 5 - 1  # the first patch found the priority 0 it wanted
    assert found == sorted(found, reverse=True)


def test_events_tell_who_changed_what(door, eve):
    lead = door.lead("Eventful")
    eve.post(f"/leads/{lead['id']}/move", {"stage_id": door.kit.proposal})
    items = eve.get(f"/events?lead_id={lead['id']}&kind=lead.moved").json()["items"]
    (moved,) = items
    assert set(moved) >= EVENT
    assert (moved["actor_id"], moved["lead_id"]) == (door.kit.eve, lead["id"])
    assert moved["values"]["stage_id"] == [door.kit.new, door.kit.proposal]
    assert moved["at"].endswith("Z")
    assert eve.get("/events?limit=201").status_code == 422


def test_an_activity_is_planned_read_and_done(door, eve):
    lead = door.lead("Busy")
    path = f"/leads/{lead['id']}/activities"
    sent = {"type": "call", "summary": "Ring", "due_on": "2026-11-24", "note": "Nicely"}
    planned = eve.post(path, sent)
    assert planned.status_code == 201, planned.text
    activity = planned.json()
    assert set(activity) >= ACTIVITY
    assert {name: activity[name] for name in sent} == sent
    assert (activity["state"], activity["owner_id"]) == ("today", door.kit.eve)
    late = eve.post(path, {"type": "task", "due_on": "2026-11-01"}).json()
    later = eve.post(path, {"type": "mail", "due_at": "2026-12-01T16:00+01:00"}).json()
    assert (late["state"], later["state"]) == ("late", "planned")
    assert later["due_at"] == "2026-12-01T15:00:00Z"
    assert eve.get(f"/leads/{lead['id']}").json()["next_activity"]["id"] == late["id"]
    done = eve.post(
        f"/activities/{late['id']}/done",
        {"feedback": "Well", "next": {"type": "demo", "due_on": "2026-12-24"}},
    ).json()
    assert (done["state"], done["feedback"]) == ("done", "Well")
    following = done.pop("next")
    assert following["due_on"] == "2026-12-24"
    assert eve.get(f"/activities/{late['id']}").json() == done
    assert len(eve.get(path).json()["items"]) == 4
    assert eve.post(f"/activities/{late['id']}/done", {}).status_code in {409, 422}
    dance = {"type": "dance", "due_on": "2026-12-24"}
    assert "type" in fields_of_problem(eve.post(path, dance))
    assert eve.post(path, {"type": "call"}).status_code == 422
