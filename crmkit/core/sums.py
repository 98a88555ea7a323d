"""Sums of leads: in the base currency, and by the currency that they are in."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, case, func

from crmkit.core.leads.table import Lead

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "NO_AMOUNT",
    "Amount",
    "Total",
    "money_sums",
    "read_sums",
]

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum: in the base currency, and by the currency that leads are in.

    `unconverted` is what `base` lacks, by currency: leads that have no base amount, as
    their currency had no exchange rate. `missing_rates` names these currencies.
    """

    base: Decimal = Decimal(0)
    by_currency: dict[str, Decimal] = field(default_factory=dict)
    missing_rates: tuple[str, ...] = ()
    unconverted: dict[str, Decimal] = field(default_factory=dict)

    def __add__(self, other: Amount) -> Amount:
        """Both sums together."""
        return Amount(
            self.base + other.base,
            _added_up(self.by_currency, other.by_currency),
            tuple(sorted({*self.missing_rates, *other.missing_rates})),
            _added_up(self.unconverted, other.unconverted),
        )


def _added_up(one: dict[str, Decimal], other: dict[str, Decimal]) -> dict[str, Decimal]:
    codes = [*one, *(code for code in other if code not in one)]
    return {code: one.get(code, ZERO) + other.get(code, ZERO) for code in codes}


NO_AMOUNT = Amount()


def money_sums() -> list[ColumnElement[Any]]:
    """The sums of leads that `read_sums` makes amounts of, for one currency."""
    has_none = Lead.base_revenue.is_(None)
    return [
        func.sum(Lead.base_revenue).label("base"),
        func.sum(Lead.base_weighted).label("base_weighted"),
        func.sum(Lead.expected_revenue).label("own"),
        func.sum(Lead.weighted_revenue).label("own_weighted"),
        func.sum(case((has_none, Lead.expected_revenue))).label("lacking"),
        func.sum(case((has_none, Lead.weighted_revenue))).label("lacking_weighted"),
    ]


def read_sums(currency: str, sums: Sequence[Decimal | None]) -> tuple[Amount, Amount]:
    """What leads in `currency` come to, and weighted, from their `money_sums`."""
    base, base_weighted, own, own_weighted, lacking, lacking_weighted = sums
    return (
        _amount(currency, base, own, lacking),
        _amount(currency, base_weighted, own_weighted, lacking_weighted),
    )


def _amount(
    currency: str, base: Decimal | None, own: Decimal | None, lacking: Decimal | None
) -> Amount:
    known = {currency: own or ZERO}
    if lacking is None:
        return Amount(base or ZERO, known)
    return Amount(base or ZERO, known, (currency,), {currency: lacking})


@dataclass(frozen=True, slots=True)
class Total:
    """How many leads, and what they are worth."""

    count: int
    sum: Amount
    weighted_sum: Amount
