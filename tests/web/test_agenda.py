"""Activities of every lead: the table, the month, and the filter they share."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crmkit.core import finish_activity, get_activity


@pytest.fixture(scope="module")
def eve(door):
    """Eve, and activities of hers and of others, today and beside it."""
    kit, lead = door.kit, door.kit.lead("Pump station", company_name="Hydrolis")
    with kit.read() as uow:
        today = uow.today()
    own = {"owner_id": kit.eve, "type": "call"}
    kit.activity(lead, summary="Ring Ada", due_on=today, **own)
    kit.activity(lead, summary="Was due", due_on=today - timedelta(days=3), **own)
    kit.activity(lead, summary="Of Ann", due_on=today, owner_id=kit.ann)
    done = kit.activity(lead, summary="Rang Bob", due_on=today, **own)
    with kit.work(kit.eve) as uow:
        activity, found = get_activity(uow, done.id)
        finish_activity(uow, found, activity, "He is away.")
    for number in range(6):
        day = today + timedelta(days=1)
        kit.activity(lead, summary=f"Step {number}", due_on=day, **own)
    return door.person("eve")


def test_the_agenda_begins_with_what_one_has_to_do_oneself(eve):
    text = eve.get("/activities").text
    assert "Ring Ada" in text
    assert "Was due" in text
    assert "Of Ann" not in text
    assert "Rang Bob" not in text


@pytest.mark.parametrize(
    ("filter_text", "found"),
    [
        ("is_late = true", {"Was due"}),
        ("is_done = true", {"Rang Bob"}),
        ('type = "Call" and due_on = today', {"Ring Ada", "Rang Bob"}),
        ("owner = Ann", {"Of Ann"}),
        ('lead contains "pump" and not (owner = me)', {"Of Ann"}),
        ('company_name = "HYDROLIS" and stage = New and owner = Ann', {"Of Ann"}),
    ],
)
def test_the_agenda_is_filtered_in_the_one_language(door, eve, filter_text, found):
    names = {"Ring Ada", "Was due", "Of Ann", "Rang Bob"}
    text = eve.get("/activities", params={"filter": filter_text}).text
    assert {name for name in names if name in text} == found
    items = door.script("eve").get("/activities", params={"filter": filter_text})
    assert {one["summary"] for one in items.json()["items"]} == found


def test_a_filter_that_cannot_be_is_said_and_stays_to_be_mended(door, eve):
    answer = eve.get("/activities", params={"filter": "due_on ="})
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert 'value="due_on ="' in answer.text
    asked = {"filter": "amount > 3"}
    assert door.script("eve").get("/activities", params=asked).status_code == 422


def test_the_month_shows_each_day_and_leads_to_what_has_no_room(door, eve):
    with door.kit.read() as uow:
        day = uow.today() + timedelta(days=1)
    address = {"show": "calendar", "month": day.strftime("%Y-%m")}
    text = eve.get("/activities", params=address).text
    assert "Step 3" in text
    assert "Step 4" not in text
    assert "2 more" in text
    assert f"due_on+%3D+{day.isoformat()}" in text
    for month in ("9998-12", "1900-01", "soon", "0000-00"):
        asked = {"show": "calendar", "month": month}
        assert eve.get("/activities", params=asked).status_code == 200


@pytest.mark.usefixtures("eve")
def test_only_activities_of_leads_that_one_sees_are_there(door):
    text = door.person("oli").get("/activities", params={"filter": " "}).text
    assert "Ring Ada" not in text
    assert "No activity" in text or "Nothing is planned yet" in text
