"""Automatic probabilities that change without anybody changing the lead.

They are derived: no event, no version. Leads that are won or lost keep theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from crmkit.core.exchange_rates import rate_day, rates_on
from crmkit.core.leads.saving import estimate, percent
from crmkit.core.leads.table import Lead, Status, derive_amounts
from crmkit.core.stages import list_stages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from crmkit.core.uow import UnitOfWork


def rescore_leads(uow: UnitOfWork, leads: Sequence[Lead]) -> None:
    """Ask anew for the probability of `leads`, because what it depends on changed."""
    stages = list_stages(uow)
    there = {stage.id: stage.probability for stage in stages}
    estimate(uow, [lead for lead in leads if lead.stage_id in there], there)
    uow.session.flush()


def set_estimates(uow: UnitOfWork, estimates: Mapping[int, Decimal]) -> int:
    """Give open leads, by id, these automatic probabilities; how many changed.

    Two statements for all of them. A probability that was set by hand stays.
    """
    leads = uow.session.execute(
        uow.locked(
            select(
                Lead.id,
                Lead.currency,
                Lead.expected_revenue,
                Lead.probability,
                Lead.probability_is_manual,
                Lead.automatic_probability,
            )
            .where(Lead.id.in_(estimates), Lead.status == Status.OPEN)
            .order_by(Lead.id)
        )
    ).all()
    pairs = {lead.currency: rate_day(uow, lead.currency, None) for lead in leads}
    rates = rates_on(uow, pairs.values())
    rows: list[dict[str, Any]] = []
    for lead in leads:
        value = percent(estimates[lead.id], lead.automatic_probability)
        shown = lead.probability if lead.probability_is_manual else value
        if (value, shown) != (lead.automatic_probability, lead.probability):
            rate = rates[pairs[lead.currency]]
            amounts = derive_amounts(lead.expected_revenue, shown, rate)
            row = {"id": lead.id, "automatic_probability": value, "probability": shown}
            rows.append(row | amounts)
    if rows:
        uow.session.execute(update(Lead), rows)
    return len(rows)
