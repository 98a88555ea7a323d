"""The agenda: activities of all leads that the actor may see, by when they are due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003  (a dataclass that doors fill)
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select, true

from crmkit.core.activities import Activity, ActivityState
from crmkit.core.activity_types import find_activity_type
from crmkit.core.errors import CrmError, mark
from crmkit.core.leads import Lead, visible
from crmkit.core.listing import criterion_of
from crmkit.core.paging import Sort, after, cursor_of

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "AgendaQuery",
    "count_activities",
    "list_activities",
]

_SORTS = {
    "due": Activity.due_from,
    "created_at": Activity.created_at,
    "done_at": Activity.done_at,
}


class UnsortedError(CrmError):
    """Activities have no order of this name."""

    def __init__(self) -> None:
        super().__init__(
            mark("Activities are sorted by {names}."),
            field="sort",
            names=", ".join(_SORTS),
        )


@dataclass(frozen=True, slots=True)
class AgendaQuery:
    """Which activities: of whom, in which state, due between two days, a page.

    `filter` is a filter's text on the fields of activities, `q` words to be found.
    """

    owner_id: int | None = None
    lead_id: int | None = None
    state: ActivityState | None = None
    type: str | None = None
    due_since: date | None = None
    due_until: date | None = None
    filter: str = ""
    q: str = ""
    sort: str = "due"
    cursor: str | None = None
    limit: int = 50


def list_activities(
    uow: UnitOfWork, query: AgendaQuery
) -> tuple[list[tuple[Activity, str]], str | None]:
    """A page of activities with the names of their leads, and the next cursor."""
    sort = _sort_of(query.sort)
    statement = (
        select(Activity, Lead.name, *sort.labels)
        .join(Lead, Lead.id == Activity.lead_id)
        .where(_criterion(uow, query))
    )
    rows = uow.session.execute(
        after(statement, sort, query.cursor).limit(query.limit + 1)
    ).all()
    shown = [(row[0], row[1]) for row in rows[: query.limit]]
    if len(rows) <= query.limit:
        return shown, None
    last = rows[query.limit - 1]
    return shown, cursor_of(sort, sort.keys_of(last._mapping), last[0].id)  # noqa: SLF001


def count_activities(uow: UnitOfWork, query: AgendaQuery) -> int:
    """How many activities the whole query finds."""
    found = uow.session.scalar(
        select(func.count())
        .select_from(Activity)
        .join(Lead, Lead.id == Activity.lead_id)
        .where(_criterion(uow, query))
    )
    return found or 0


def _sort_of(text: str) -> Sort:
    name = text.removeprefix("-")
    if name not in _SORTS:
        raise UnsortedError
    return Sort(name, _SORTS[name], Activity.id, text.startswith("-"))


def _criterion(uow: UnitOfWork, query: AgendaQuery) -> ColumnElement[bool]:
    wanted: dict[Any, object] = {
        Activity.owner_id: query.owner_id,
        Activity.lead_id: query.lead_id,
        Activity.type: _slug_of(uow, query.type),
    }
    parts = [column == value for column, value in wanted.items() if value is not None]
    if query.due_since is not None:
        parts.append(Activity.due_on >= query.due_since)
    if query.due_until is not None:
        parts.append(Activity.due_on <= query.due_until)
    there = and_(visible(uow), Activity.deleted_at.is_(None))
    parts.append(criterion_of(uow, "activity", query.filter, query.q))
    return and_(there, _in_state(uow, query.state), *parts)


def _slug_of(uow: UnitOfWork, name: str | None) -> str | None:
    if not name or name in uow.catalogue.activity_types:
        return name or None
    return find_activity_type(uow, name).slug


def _in_state(uow: UnitOfWork, state: ActivityState | None) -> ColumnElement[bool]:
    if state is None:
        return true()
    if state is ActivityState.DONE:
        return Activity.done_at.is_not(None)
    today, to_do = uow.today(), Activity.done_at.is_(None)
    due = {
        ActivityState.LATE: Activity.due_on < today,
        ActivityState.TODAY: Activity.due_on == today,
        ActivityState.PLANNED: Activity.due_on > today,
    }
    return and_(to_do, due.get(state, true()))
