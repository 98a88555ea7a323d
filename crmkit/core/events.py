"""The one history: events, and what a lead was at any time.

Every change that a person, plugin or rule decides is written by `record`, in the
transaction that makes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    String,
    and_,
    bindparam,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base
from crmkit.core.types import Percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "Event",
    "Fact",
    "LeadPast",
    "events_of",
    "last_moment",
    "record",
]

Values = dict[str, tuple[Any, Any]]
"""What changed, by field: the old value and the new."""


class Event(Base):
    """One fact: who did what to which record, when, as part of which change."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_record", "entity", "record_id", "id"),
        Index("ix_event_change", "change_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("crm_user.id"))
    kind: Mapped[str] = mapped_column(String(48))
    entity: Mapped[str] = mapped_column(String(24))
    record_id: Mapped[int]
    version: Mapped[int]
    change_id: Mapped[str] = mapped_column(String(32))
    undoes: Mapped[str | None] = mapped_column(String(32))
    values: Mapped[dict[str, list[Any]]] = mapped_column(JSON)


class LeadPast(Base):
    """What a lead was between `from_at` and `to_at`; empty `to_at` means now."""

    __tablename__ = "lead_past"
    __table_args__ = (Index("ix_lead_past_lead", "lead_id", "to_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"))
    from_at: Mapped[datetime]
    to_at: Mapped[datetime | None]
    kind: Mapped[str] = mapped_column(String(24))
    status: Mapped[str] = mapped_column(String(24))
    stage_id: Mapped[int]
    team_id: Mapped[int | None]
    owner_id: Mapped[int | None]
    currency: Mapped[str] = mapped_column(String(3))
    expected_revenue: Mapped[Decimal]
    base_revenue: Mapped[Decimal | None]
    base_weighted: Mapped[Decimal | None]
    probability: Mapped[Decimal] = mapped_column(Percent)
    expected_close: Mapped[date | None]
    is_archived: Mapped[bool]
    is_deleted: Mapped[bool]


# No bound parameters: the words are the same in the partial indexes.
PAST_ON_BOARD = and_(
    LeadPast.is_deleted.is_(False),
    LeadPast.is_archived.is_(False),
    LeadPast.kind == literal_column("'opportunity'"),
    LeadPast.status != literal_column("'lost'"),
)
# SQLite looks at the condition's columns again, and would read the row for them.
_JUDGED = (LeadPast.is_deleted, LeadPast.is_archived, LeadPast.kind, LeadPast.status)
Index(
    "ix_lead_past_held",
    LeadPast.stage_id,
    LeadPast.currency,
    LeadPast.to_at,
    LeadPast.from_at,
    LeadPast.base_revenue,
    LeadPast.base_weighted,
    LeadPast.expected_revenue,
    LeadPast.probability,
    LeadPast.team_id,
    LeadPast.lead_id,
    *_JUDGED,
    sqlite_where=PAST_ON_BOARD,
    postgresql_where=PAST_ON_BOARD,
)
Index(
    "ix_lead_past_stage",
    LeadPast.stage_id,
    LeadPast.from_at,
    LeadPast.id,
    LeadPast.to_at,
    LeadPast.team_id,
    LeadPast.lead_id,
    *_JUDGED,
    sqlite_where=PAST_ON_BOARD,
    postgresql_where=PAST_ON_BOARD,
)


@dataclass(frozen=True, slots=True)
class Fact:
    """What is to be recorded of one record. `past` is a lead's row of `lead_past`.

    `since` is when that row begins to hold, without it the moment of the event.
    """

    kind: str
    entity: str
    record_id: int
    version: int
    values: Values
    past: Mapping[str, Any] | None = None
    since: datetime | None = None


def record(uow: UnitOfWork, facts: Sequence[Fact]) -> None:
    """Write `facts` into the history, as part of the unit's change."""
    if not facts:
        return
    now = uow.now()
    common = {
        "at": now,
        "actor_id": uow.actor.id,
        "change_id": uow.change_id,
        "undoes": uow.undoes,
    }
    rows = [
        {
            "kind": fact.kind,
            "entity": fact.entity,
            "record_id": fact.record_id,
            "version": fact.version,
            "values": fact.values,
            **common,
        }
        for fact in facts
    ]
    uow.run(_add_events, rows)
    _remember(uow, [fact for fact in facts if fact.past is not None], now)


def _remember(uow: UnitOfWork, facts: Sequence[Fact], now: datetime) -> None:
    known = [fact.record_id for fact in facts if not fact.kind.endswith(".created")]
    if known:
        uow.run(_end_past, {"known": known, "now": now})
    rows = [
        {
            "lead_id": fact.record_id,
            "from_at": fact.since or now,
            "to_at": None,
            **(fact.past or {}),
        }
        for fact in facts
    ]
    if rows:
        uow.run(_add_past, rows)


_past = LeadPast.__table__.c
_add_events = insert(Event)
_add_past = insert(LeadPast)
_end_past = (
    update(LeadPast)
    .where(_past.lead_id.in_(bindparam("known", expanding=True)), _past.to_at.is_(None))
    .values(to_at=bindparam("now"))
)


def restate_past(uow: UnitOfWork, leads: Sequence[Mapping[str, Any]]) -> None:
    """Give what leads are now the base amounts that new rates make, by their `id`.

    What they were until now stays: nobody decided anything, and there is no event.
    """
    now = LeadPast.__table__
    statement = (
        update(LeadPast)
        .where(now.c.lead_id == bindparam("of_lead"), now.c.to_at.is_(None))
        .values(
            base_revenue=bindparam("base_revenue"),
            base_weighted=bindparam("base_weighted"),
        )
    )
    amounts = ("base_revenue", "base_weighted")
    uow.session.connection().execute(
        statement,
        [{"of_lead": lead["id"], **{n: lead[n] for n in amounts}} for lead in leads],
    )


def last_moment(uow: UnitOfWork) -> datetime | None:
    """When the last event happened; None where nothing has yet."""
    query = select(Event.at).order_by(Event.id.desc()).limit(1)
    return uow.session.scalar(query)


def events_of(
    uow: UnitOfWork, entity: str, record_id: int, *, before: int | None, limit: int
) -> list[Event]:
    """The events of one record, newest first, older than the event `before`."""
    query = (
        select(Event)
        .where(Event.entity == entity, Event.record_id == record_id)
        .order_by(Event.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Event.id < before)
    return list(uow.session.scalars(query))
