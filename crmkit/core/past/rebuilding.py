"""`lead_past` made anew from the history, should it ever be lost or wrong.

Each lead is followed from what it is now back through its events. What they do not
tell, because nobody decided it, is taken from the row that is there, if it still fits;
else a probability is its stage's default, and base amounts follow the rates of the day.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from crmkit.core.events import Event, LeadPast
from crmkit.core.exchange_rates import rate_day, rates_on
from crmkit.core.leads.saving import LOST, WON
from crmkit.core.leads.table import Lead, Status, derive_base
from crmkit.core.stages import Stage
from crmkit.core.uow import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crmkit.core.uow import UnitOfWork

BATCH = 100
_DERIVED = ("probability", "base_revenue", "base_weighted")
_JUDGED = ("status", "stage_id", "currency", "expected_revenue")
_COPIED = ("kind", "status", "stage_id", "team_id", "owner_id", "currency")


@dataclass(frozen=True, slots=True)
class _Was:
    """What a lead was for a while; `is_exact` where its derived values are known."""

    past: Mapping[str, Any]
    is_manual: bool
    closed_at: datetime | None
    is_exact: bool = False


@dataclass(slots=True)
class _Known:
    """What rebuilding some leads looks at: events and rows by lead, stage defaults."""

    events: dict[int, list[Event]] = field(default_factory=lambda: defaultdict(list))
    rows: dict[int, list[LeadPast]] = field(default_factory=lambda: defaultdict(list))
    defaults: dict[int, Decimal] = field(default_factory=dict)


def rebuild_past(uow: UnitOfWork, after: int = 0, *, limit: int = BATCH) -> int | None:
    """Make the past of the next `limit` leads anew; the id to go on from, or None."""
    uow.require(Role.ADMIN)
    query = select(Lead).where(Lead.id > after).order_by(Lead.id).limit(limit)
    leads = uow.session.scalars(uow.locked(query)).all()
    known = _read(uow, [lead.id for lead in leads])
    rows = [row for lead in leads for row in _rows_of(uow, lead, known)]
    ids = [lead.id for lead in leads]
    uow.session.execute(
        delete(LeadPast)
        .where(LeadPast.lead_id.in_(ids))
        .execution_options(synchronize_session=False)
    )
    if rows:
        uow.session.execute(
            insert(LeadPast), rows, execution_options={"render_nulls": True}
        )
    return ids[-1] if len(ids) == limit else None


def _read(uow: UnitOfWork, ids: Sequence[int]) -> _Known:
    known = _Known()
    events = select(Event).where(Event.entity == "lead", Event.record_id.in_(ids))
    for event in uow.session.scalars(events.order_by(Event.id)):
        known.events[event.record_id].append(event)
    rows = select(LeadPast).where(LeadPast.lead_id.in_(ids)).order_by(LeadPast.id)
    for row in uow.session.scalars(rows):
        known.rows[row.lead_id].append(row)
    stages = uow.session.execute(select(Stage.id, Stage.probability))
    known.defaults = {stage_id: percent for stage_id, percent in stages}  # noqa: C416  (a Result has keys)
    return known


def _rows_of(uow: UnitOfWork, lead: Lead, known: _Known) -> Iterable[dict[str, Any]]:
    """The rows of one lead, the oldest first: one for each version that it had."""
    was = _Was(lead.past(), lead.probability_is_manual, lead.closed_at, is_exact=True)
    until: datetime | None = None
    told = known.events[lead.id]
    rows: list[dict[str, Any]] = []
    for number in reversed(_firsts(told)):
        event = told[number]
        since = _since(was, event)
        past = _derive(uow, was, since, known.rows[lead.id])
        rows.append({"lead_id": lead.id, "from_at": since, "to_at": until, **past})
        was = _before(was, event, known.defaults)
        until = event.at
    rows.reverse()
    return rows


def _firsts(events: Sequence[Event]) -> list[int]:
    """The places of the events that made a new version; others changed no field."""
    found, version = [], 0
    for number, event in enumerate(events):
        if event.version > version:
            found.append(number)
            version = event.version
    return found


def _since(was: _Was, event: Event) -> datetime:
    """When what an event made begins: a lead that was brought here was so before."""
    if event.kind != "lead.created":
        return event.at
    is_open = was.past["status"] == Status.OPEN
    _, moment = event.values.get("created_at" if is_open else "closed_at", (None, None))
    return datetime.fromisoformat(moment) if moment else event.at


def _before(was: _Was, event: Event, defaults: Mapping[int, Decimal]) -> _Was:
    """What the lead was before `event`."""
    old = {name: before for name, (before, _) in event.values.items()}
    past = {**was.past, **{name: old[name] for name in _COPIED if name in old}}
    if "expected_revenue" in old:
        past["expected_revenue"] = Decimal(old["expected_revenue"] or 0)
    if "expected_close" in old:
        day = old["expected_close"]
        past["expected_close"] = date.fromisoformat(day) if day else None
    for name, flag in (("archived_at", "is_archived"), ("deleted_at", "is_deleted")):
        if name in old:
            past[flag] = old[name] is not None
    closed = old.get("closed_at")
    closed_at = datetime.fromisoformat(closed) if closed else None
    found = replace(
        was,
        past=past,
        is_manual=bool(old.get("probability_is_manual", was.is_manual)),
        closed_at=closed_at if "closed_at" in old else was.closed_at,
        is_exact=False,
    )
    past["probability"] = _probability(found, old, defaults)
    return found


def _probability(
    was: _Was, old: Mapping[str, Any], defaults: Mapping[int, Decimal]
) -> Decimal:
    if was.past["status"] != Status.OPEN:
        return WON if was.past["status"] == Status.WON else LOST
    if "probability" in old:
        return Decimal(old["probability"] or 0)
    if was.is_manual or not old.keys() & {"stage_id", "status"}:
        return Decimal(was.past["probability"])
    return defaults.get(was.past["stage_id"], Decimal(was.past["probability"]))


def _derive(
    uow: UnitOfWork, was: _Was, since: datetime, rows: Sequence[LeadPast]
) -> Mapping[str, Any]:
    """What a lead was, with the values that follow from what was decided."""
    if was.is_exact:
        return was.past
    for row in rows:
        is_same = all(getattr(row, name) == was.past[name] for name in _JUDGED)
        if row.from_at == since and is_same:
            return {**was.past, **{name: getattr(row, name) for name in _DERIVED}}
    pair = rate_day(uow, was.past["currency"], was.closed_at or since)
    amount, percent = was.past["expected_revenue"], was.past["probability"]
    return {**was.past, **derive_base(amount, percent, rates_on(uow, [pair])[pair])}
