"""A secret address shows its owner's activities, and nobody else's, until it ends."""

from __future__ import annotations

from datetime import UTC, date, datetime
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from icalendar import Calendar

from crmkit.cli import main
from crmkit.core import (
    Role,
    disable_user,
    edit_lead,
    finish_activity,
    get_activity,
    get_lead,
    get_user,
    set_permission,
)

pytestmark = pytest.mark.plugins("calendar_feed")


@pytest.fixture
def address(crm_door):
    """The path of a new address of Ann's."""
    answer = crm_door.script("ann").post("/p/calendar_feed/feed")
    assert answer.status_code == 201
    return urlsplit(answer.json()["address"]).path


def events(answer):
    assert answer.status_code == 200, answer.text
    calendar = Calendar.from_ical(answer.content)
    return list(calendar.walk("VEVENT"))


def test_what_is_planned_stands_at_its_time(kit, crm_door, address):
    lead = kit.lead("Pump; station, Oslo")
    kit.activity(lead, summary="Call Zoé", due_at="2026-11-25T16:00+01:00")
    kit.activity(lead, due_on=date(2026, 12, 24), note="Bring\nthe offer")
    timed, whole = events(crm_door.stranger.get(address))
    assert timed["SUMMARY"] == "Call Zoé · Pump; station, Oslo"
    assert timed["DTSTART"].dt == datetime(2026, 11, 25, 15, tzinfo=UTC)
    assert timed["DTEND"].dt == datetime(2026, 11, 25, 15, 30, tzinfo=UTC)
    assert whole["DTSTART"].dt == date(2026, 12, 24)
    assert whole["DTEND"].dt == date(2026, 12, 25)
    assert whole["DESCRIPTION"].startswith("Bring\nthe offer")
    assert timed["URL"].endswith(f"/leads/{lead.id}")
    assert timed["UID"] != whole["UID"]


def test_late_ones_stay_and_done_ones_go(kit, crm_door, address):
    overdue = {"summary": "Late one", "due_on": date(2026, 11, 20)}
    late = kit.activity(kit.lead("Valve"), **overdue)
    kit.activity(kit.lead("Valve"), summary="Today's")
    shown = [one["SUMMARY"] for one in events(crm_door.stranger.get(address))]
    assert shown == ["Late one · Valve", "Today's · Valve"]
    with kit.work(kit.ann) as uow:
        activity, lead = get_activity(uow, late.id)
        finish_activity(uow, lead, activity)
    assert len(events(crm_door.stranger.get(address))) == 1


def test_it_shows_ones_own_of_leads_that_one_sees(kit, crm_door, address):
    kit.activity(kit.lead("Bob's", owner_id=kit.bob), owner_id=kit.bob)
    lead = kit.lead("Given away")
    kit.activity(lead)
    assert len(events(crm_door.stranger.get(address))) == 1
    with kit.work() as uow:
        wanted = {"owner_id": kit.oli, "team_id": kit.oslo}
        edit_lead(uow, get_lead(uow, lead.id), wanted)
    assert events(crm_door.stranger.get(address)) == []


def test_a_calendar_that_knows_it_is_told_so(kit, crm_door, address):
    first = crm_door.stranger.get(address)
    assert first.headers["content-type"] == "text/calendar; charset=utf-8"
    known = {"if-none-match": f'W/{first.headers["etag"]}, "other"'}
    again = crm_door.stranger.get(address, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    kit.activity(kit.lead("Valve"))
    assert crm_door.stranger.get(address, headers=known).status_code == 200


def test_a_new_address_ends_the_one_before(crm_door, address):
    page = crm_door.person("ann").post("/p/calendar_feed/feed")
    (new,) = [part for part in page.text.split('"') if part.endswith(".ics")]
    assert crm_door.stranger.get(urlsplit(new).path).status_code == 200
    assert crm_door.stranger.get(address).status_code == 404
    later = crm_door.person("ann").get("/p/calendar_feed/feed").text
    assert ".ics" not in later
    assert "You have an address since" in later


def test_a_revoked_address_shows_nothing(crm_door, address):
    answer = crm_door.person("ann").post("/p/calendar_feed/feed/revoke")
    assert answer.headers["location"] == "/p/calendar_feed/feed"
    assert crm_door.stranger.get(address).status_code == 404
    assert crm_door.script("ann").get("/p/calendar_feed/feed").json() == {
        "made_at": None
    }
    assert crm_door.script("ann").delete("/p/calendar_feed/feed").status_code == 204


def test_who_is_disabled_or_may_not_have_one_has_none(kit, crm_door, address):
    known = kit.crm.plugins.permissions
    with kit.work(kit.eve) as uow:
        set_permission(uow, known, "calendar_feed.feed_calendar", Role.ADMIN)
    assert crm_door.stranger.get(address).status_code == 404
    with kit.work(kit.eve) as uow:
        set_permission(uow, known, "calendar_feed.feed_calendar", Role.OWN)
    assert crm_door.stranger.get(address).status_code == 200
    with kit.work(kit.eve) as uow:
        disable_user(uow, get_user(uow, kit.ann))
    assert crm_door.stranger.get(address).status_code == 404


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("address")
def test_an_admin_lists_and_revokes_by_command(kit, monkeypatch):
    monkeypatch.setenv("CRMKIT_DATABASE_URL", str(kit.crm.engine.url))
    call = CliRunner().invoke
    assert "ann@example.org" in call(main, ["calendar-feed", "list"]).output
    ended = call(main, ["calendar-feed", "revoke", "ann@example.org"])
    assert ended.output == "The address of ann@example.org is revoked.\n"
    assert "Nobody" in call(main, ["calendar-feed", "list"]).output
    again = call(main, ["calendar-feed", "revoke", "ann@example.org"])
    assert (again.exit_code, "has no calendar feed" in again.output) == (1, True)
