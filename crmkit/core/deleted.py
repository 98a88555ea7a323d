"""The bin: what was deleted, by whom and until when it is kept, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crmkit.core.activities import Activity, get_deleted_activity, recall_activity
from crmkit.core.contacts import (
    Contact,
    contacts_in_scope,
    get_deleted_contact,
    recall_contact,
)
from crmkit.core.errors import CrmError
from crmkit.core.events import Event
from crmkit.core.finding import HitKind
from crmkit.core.leads import Lead, get_deleted_lead, restore_lead, visible
from crmkit.core.paging import Sort, after, cursor_of
from crmkit.core.users import User

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "BinRecord",
    "list_deleted",
    "restore_deleted",
]


@dataclass(frozen=True, slots=True)
class BinRecord:
    """A deleted record. `kept_until` is the day after which the bin may be emptied.

    An activity has none: it goes when its lead does.
    """

    kind: HitKind
    id: int
    name: str
    line: str
    deleted_at: datetime
    deleted_by: str | None
    kept_until: date | None


def list_deleted(
    uow: UnitOfWork, kind: HitKind, cursor: str | None = None, *, limit: int = 50
) -> tuple[list[BinRecord], str | None]:
    """A page of deleted records that the actor may bring back, the latest first.

    Two statements.
    """
    table: Any = _TABLES[kind]
    sort = Sort("deleted_at", table.deleted_at, table.id, is_descending=True)
    statement = _select(uow, kind).add_columns(*sort.labels)
    rows = uow.session.execute(after(statement, sort, cursor).limit(limit + 1)).all()
    shown = rows[:limit]
    names = _deleted_by(uow, kind, shown)
    records = [_record(uow, kind, row, names.get(row.id)) for row in shown]
    if len(rows) <= limit:
        return records, None
    last = shown[-1]
    keys = sort.keys_of(last._mapping)  # noqa: SLF001  (a row's public mapping)
    return records, cursor_of(sort, keys, last.id)


_TABLES = {HitKind.LEAD: Lead, HitKind.CONTACT: Contact, HitKind.ACTIVITY: Activity}


def _select(uow: UnitOfWork, kind: HitKind) -> Any:
    match kind:
        case HitKind.LEAD:
            return select(
                Lead.id, Lead.name, Lead.company_name.label("line"), Lead.deleted_at
            ).where(
                Lead.deleted_at.is_not(None),
                Lead.merged_into_id.is_(None),
                visible(uow, deleted=True),
            )
        case HitKind.CONTACT:
            return select(
                Contact.id,
                Contact.name,
                Contact.email.label("line"),
                Contact.deleted_at,
            ).where(Contact.deleted_at.is_not(None), contacts_in_scope(uow))
        case HitKind.ACTIVITY:
            return (
                select(
                    Activity.id,
                    Activity.summary.label("name"),
                    Lead.name.label("line"),
                    Activity.deleted_at,
                )
                .join(Lead, Lead.id == Activity.lead_id)
                .where(Activity.deleted_at.is_not(None), visible(uow))
            )


def _deleted_by(
    uow: UnitOfWork, kind: HitKind, rows: Sequence[Any]
) -> dict[int, str | None]:
    """Who deleted each of the records, by id, from the history."""
    number: Any = Event.record_id
    entity: str = kind.value
    if kind is HitKind.ACTIVITY:
        # What happens to an activity is written down with its lead.
        number = Event.values["activity_id"][1].as_integer()
        entity = "lead"
    found = uow.session.execute(
        select(number.label("number"), User.name)
        .outerjoin(User, User.id == Event.actor_id)
        .where(
            Event.entity == entity,
            Event.kind == f"{kind.value}.deleted",
            number.in_([row.id for row in rows]),
        )
        .order_by(Event.id)
    )
    return {row.number: row.name for row in found}


def _record(uow: UnitOfWork, kind: HitKind, row: Any, who: str | None) -> BinRecord:
    day = row.deleted_at.astimezone(uow.settings.zone).date()
    kept = None if kind is HitKind.ACTIVITY else day + timedelta(uow.settings.bin_days)
    return BinRecord(kind, row.id, row.name, row.line or "", row.deleted_at, who, kept)


def restore_deleted(
    uow: UnitOfWork, kind: HitKind, ids: Sequence[int], say: Callable[[str], str]
) -> tuple[int, dict[int, str]]:
    """Take records out of the bin, each by itself.

    Answers how many came back, and why others did not, by id, in sentences that `say`
    puts into the actor's language.
    """
    refused = {}
    for number in dict.fromkeys(ids):
        try:
            with uow.session.begin_nested():
                _RESTORE[kind](uow, number)
        except CrmError as error:
            refused[number] = error.text(say)
    return len(dict.fromkeys(ids)) - len(refused), refused


def _restore_contact(uow: UnitOfWork, number: int) -> None:
    recall_contact(uow, get_deleted_contact(uow, number))


def _restore_activity(uow: UnitOfWork, number: int) -> None:
    activity, lead = get_deleted_activity(uow, number)
    recall_activity(uow, lead, activity)


_RESTORE: dict[HitKind, Callable[[UnitOfWork, int], None]] = {
    HitKind.LEAD: lambda uow, number: restore_lead(uow, get_deleted_lead(uow, number)),
    HitKind.CONTACT: _restore_contact,
    HitKind.ACTIVITY: _restore_activity,
}
