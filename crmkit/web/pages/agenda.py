"""Activities of every lead that one may see: as a table, and as a month of days."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    FIRST_DAY,
    LAST_DAY,
    Activity,
    AgendaQuery,
    CrmError,
    UnitOfWork,
    list_activities,
    list_users,
    mark,
    state_of_activity,
)
from crmkit.web.addresses import list_conditions
from crmkit.web.answers import is_part, page, sentence
from crmkit.web.pages.conditions import keep
from crmkit.web.pages.filter_rows import label_of
from crmkit.web.work import work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

routes = APIRouter(include_in_schema=False)

ROWS = 80
MOST_OF_MONTH = 500
SHOWN_A_DAY = 4
USUAL = "owner = me and is_done = false"
_CONDITIONS = {
    "mine": "owner = me",
    "to_do": "is_done = false",
    "late": "is_late = true",
    "done": "is_done = true",
}
_SORTS = (("due", mark("Due")), ("done_at", mark("Done")))


class AgendaAsked(BaseModel):
    """What the address says; without a filter it is what one has to do oneself."""

    show: Literal["table", "calendar"] = "table"
    filter: str = USUAL
    q: str = ""
    sort: str = "due"
    month: str = ""
    cursor: str = ""

    def kept(self) -> dict[str, str]:
        """What links of the page keep."""
        kept = keep(q=self.q, sort="" if self.sort == "due" else self.sort)
        kept |= {} if self.filter == USUAL else {"filter": self.filter or " "}
        if self.show == "calendar":
            kept |= {"show": "calendar"} | keep(month=self.month)
        return kept


@dataclass(frozen=True, slots=True)
class Entry:
    """An activity of the agenda, as its row and its day show it."""

    activity: Activity
    lead_name: str
    state: str
    label: str
    icon: str
    owner: str


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the month that is shown, or beside it, with what is due."""

    date: date
    is_inside: bool
    entries: Sequence[Entry]

    @property
    def shown(self) -> Sequence[Entry]:
        """Those for which there is room; the link to the rest takes a line too."""
        return self.entries[: SHOWN_A_DAY if self.rest else len(self.entries)]

    @property
    def rest(self) -> int:
        """How many there are beyond."""
        over = len(self.entries) - SHOWN_A_DAY
        return over if over > 1 else 0


@routes.get("/activities")
def show_agenda(request: Request, asked: Annotated[AgendaAsked, Query()]) -> Response:
    """The table, its next rows, or the month."""
    with work(request) as uow:

        def say(text: str) -> str:
            return sentence(request, uow, text)

        first = _month(asked.month, uow.today())
        query = AgendaQuery(filter=asked.filter, q=asked.q, sort=asked.sort, limit=ROWS)
        if asked.show == "calendar":
            weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
            days = [day for week in weeks for day in week]
            query = replace(query, sort="due", limit=MOST_OF_MONTH)
            query = replace(query, due_since=days[0], due_until=days[-1])
        else:
            days = []
            query = replace(query, cursor=asked.cursor or None)
        entries, cursor, error = _find(uow, query, say)
        is_more = is_part(request) and bool(asked.cursor)
        return page(
            request,
            uow,
            "agenda/_more.html" if is_more else "agenda/page.html",
            here="activities",
            asked=asked,
            query=asked.kept(),
            filter=asked.filter,
            q=asked.q,
            filter_error=error,
            entries=entries,
            next_cursor=cursor or "",
            days=_days(days, first, entries),
            first=first,
            months=_around(first),
            today=uow.today(),
            conditions=_CONDITIONS,
            labels=_labels(uow, asked.filter, say),
            sorts=[(name, say(label)) for name, label in _SORTS],
        )


def _find(
    uow: UnitOfWork, query: AgendaQuery, say: Callable[[str], str]
) -> tuple[list[Entry], str | None, str]:
    """Activities and the next cursor; or none, and what is wrong with the question."""
    try:
        found, cursor = list_activities(uow, query)
    except CrmError as error:
        if query.cursor:
            raise
        return [], None, error.text(say)
    people = {user.id: user.name for user in list_users(uow)}
    return [_entry(uow, one, name, people) for one, name in found], cursor, ""


def _entry(
    uow: UnitOfWork, activity: Activity, lead_name: str, people: Mapping[int, str]
) -> Entry:
    known = uow.catalogue.activity_types.get(activity.type)
    return Entry(
        activity,
        lead_name,
        state_of_activity(uow, activity).value,
        known.name if known else activity.type,
        known.icon if known else "calendar-event",
        people.get(activity.owner_id or 0, ""),
    )


def _labels(uow: UnitOfWork, text: str, say: Callable[[str], str]) -> dict[str, str]:
    parts = list_conditions(text)
    return {part: label_of(uow, "activity", part, say) for part in parts}


def _month(text: str, today: date) -> date:
    """The first day of the month that the address names, else of this one."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    # A month beside the first or the last would reach into another age.
    is_near = FIRST_DAY + timedelta(days=40) < first < LAST_DAY - timedelta(days=80)
    return first if is_near else today.replace(day=1)


def _around(first: date) -> tuple[str, str]:
    """The months before and after, as the address names them."""
    before, after = first - timedelta(days=1), first + timedelta(days=31)
    return before.strftime("%Y-%m"), after.strftime("%Y-%m")


def _days(days: Sequence[date], first: date, entries: Sequence[Entry]) -> list[Day]:
    due: dict[date, list[Entry]] = {}
    for entry in entries:
        due.setdefault(entry.activity.due_on, []).append(entry)
    return [Day(day, day.month == first.month, due.get(day, [])) for day in days]
