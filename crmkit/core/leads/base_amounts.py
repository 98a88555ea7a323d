"""Base amounts of leads, brought up to date when rates or the base currency change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true, update

from crmkit.core.events import restate_past
from crmkit.core.exchange_rates import rate_day, rates_on
from crmkit.core.leads.table import Lead, Status, derive_base

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmkit.core.uow import UnitOfWork

BATCH = 500


def refresh_base_amounts(
    uow: UnitOfWork, after_id: int = 0, *, limit: int = BATCH, closed: bool = False
) -> int | None:
    """Give leads behind `after_id` the base amounts of the rates that are there now.

    Open leads take the rate of today. Closed ones take that of their closing day: those
    without base amounts always, the others only if `closed`; then leads in the base
    currency are done too, which is what a new base currency needs. Answers the id to go
    on after, None at the end. The amounts are derived: no event, no version; done again
    it changes nothing.
    """
    leads = uow.session.execute(
        select(
            Lead.id,
            Lead.currency,
            Lead.expected_revenue,
            Lead.probability,
            Lead.closed_at,
            Lead.base_revenue,
            Lead.base_weighted,
        )
        .where(Lead.id > after_id, _wanted(uow, closed=closed))
        .order_by(Lead.id)
        .limit(limit)
    ).all()
    days = {lead.id: rate_day(uow, lead.currency, lead.closed_at) for lead in leads}
    rates = rates_on(uow, days.values())
    found = [
        (
            lead,
            derive_base(lead.expected_revenue, lead.probability, rates[days[lead.id]]),
        )
        for lead in leads
    ]
    _write(
        uow,
        [
            {"id": lead.id, **amounts}
            for lead, amounts in found
            if amounts["base_revenue"] != lead.base_revenue
            or amounts["base_weighted"] != lead.base_weighted
        ],
    )
    return leads[-1].id if len(leads) == limit else None


def _wanted(uow: UnitOfWork, *, closed: bool) -> ColumnElement[bool]:
    if closed:
        return true()
    return and_(
        Lead.currency != uow.settings.base_currency,
        or_(Lead.status == Status.OPEN, Lead.base_revenue.is_(None)),
    )


def _write(uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
    if rows:
        uow.session.execute(update(Lead), rows)
        restate_past(uow, rows)


def refresh_later(uow: UnitOfWork, *, closed: bool) -> int:
    """The id of a job that refreshes all leads, from the first on, once it is due."""
    key = "closed" if closed else "open"
    return uow.enqueue("refresh_base_amounts", key=key, closed=closed)


def currencies_without_rate(uow: UnitOfWork) -> list[tuple[str, int]]:
    """Currencies whose leads have no base amount, and how many these leads are."""
    rows = uow.session.execute(
        select(Lead.currency, func.count())
        .where(Lead.deleted_at.is_(None), Lead.base_revenue.is_(None))
        .group_by(Lead.currency)
        .order_by(Lead.currency)
    )
    return [(code, count) for code, count in rows]


def count_by_currency(uow: UnitOfWork) -> Mapping[str, int]:
    """How many leads are in each currency, those in the bin left out."""
    rows = uow.session.execute(
        select(Lead.currency, func.count())
        .where(Lead.deleted_at.is_(None))
        .group_by(Lead.currency)
    )
    return {code: count for code, count in rows}  # noqa: C416  (a Result has keys)
