"""Activities as an iCalendar file (RFC 5545)."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from icalendar import Calendar, Event, vDuration

from crmkit.core import ActivityState, AgendaQuery, list_activities

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit.core import Activity, UnitOfWork

MOST = 1000
LENGTH = timedelta(minutes=30)
_STATES = (ActivityState.LATE, ActivityState.TODAY, ActivityState.PLANNED)
_REFRESH = timedelta(minutes=15)


def write_calendar(uow: UnitOfWork, address: str, name: str) -> bytes:
    """What the actor has planned, as an iCalendar file; the next 1,000, by due time.

    `address` is where crmkit is served, as `https://crm.example.org/`. The file is the
    same as long as nothing it shows was changed.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//crmkit//calendar feed//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", uow.settings.time_zone)
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(_REFRESH))
    for activity, lead_name in _planned(uow):
        calendar.add_component(_event(uow, activity, lead_name, address))
    return bytes(calendar.to_ical())


def _planned(uow: UnitOfWork) -> Iterator[tuple[Activity, str]]:
    left = MOST
    for state in _STATES:
        query = AgendaQuery(owner_id=uow.actor.id, state=state, limit=left)
        rows, _ = list_activities(uow, query)
        yield from rows
        left -= len(rows)
        if not left:
            return


def _event(uow: UnitOfWork, activity: Activity, lead_name: str, address: str) -> Event:
    types = uow.catalogue.activity_types
    known = types.get(activity.type)
    what = activity.summary or (known.name if known else activity.type)
    page = f"{address}leads/{activity.lead_id}"
    event = Event()
    event.add("uid", f"activity-{activity.id}@{address.split('/')[2]}")
    event.add("summary", f"{what} · {lead_name}")
    event.add("description", "\n\n".join(filter(None, [activity.note, page])))
    event.add("url", page)
    event.add("dtstamp", activity.created_at.astimezone(UTC))
    event.add("sequence", activity.version - 1)
    if activity.due_at is None:
        event.add("dtstart", activity.due_on)
        event.add("dtend", activity.due_on + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
    else:
        starts = activity.due_at.astimezone(UTC)
        event.add("dtstart", starts)
        event.add("dtend", starts + LENGTH)
    return event
