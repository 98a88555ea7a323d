"""Exchange rates: what one unit of a currency was worth in the base currency."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import (
    Date,
    ForeignKey,
    String,
    UniqueConstraint,
    column,
    func,
    select,
    values,
)
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base
from crmkit.core.types import Rate, choice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "ExchangeRate",
    "RateSource",
    "list_rates",
    "rate_on",
]

RateDay = tuple[str, date]
"""A currency's code, and the day whose rate is asked for."""
_KNOWN = "crmkit_rates"


class RateSource(StrEnum):
    """Where a rate comes from."""

    HAND = "hand"
    FILE = "file"
    PLUGIN = "plugin"


class ExchangeRate(Base):
    """What one unit of `currency` was worth in `base` from `day` on."""

    __tablename__ = "exchange_rate"
    __table_args__ = (UniqueConstraint("currency", "base", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    currency: Mapped[str] = mapped_column(ForeignKey("currency.code"))
    base: Mapped[str] = mapped_column(String(3))
    day: Mapped[date]
    rate: Mapped[Decimal] = mapped_column(Rate)
    source: Mapped[RateSource] = mapped_column(choice(RateSource))
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("crm_user.id"))
    entered_at: Mapped[datetime]


def newest_rates(uow: UnitOfWork, day: date) -> Iterable[ExchangeRate]:
    """The rate of each currency that counts on `day`, in one statement."""
    base = uow.settings.base_currency
    last = (
        select(ExchangeRate.currency, func.max(ExchangeRate.day).label("day"))
        .where(ExchangeRate.base == base, ExchangeRate.day <= day)
        .group_by(ExchangeRate.currency)
        .subquery()
    )
    return uow.session.scalars(
        select(ExchangeRate)
        .join(
            last,
            (last.c.currency == ExchangeRate.currency)
            & (last.c.day == ExchangeRate.day),
        )
        .where(ExchangeRate.base == base)
    )


def list_rates(
    uow: UnitOfWork, code: str, *, before: date | None = None, limit: int = 50
) -> list[ExchangeRate]:
    """The rates of a currency in the base currency, newest first, before a day."""
    query = (
        select(ExchangeRate)
        .where(
            ExchangeRate.currency == code,
            ExchangeRate.base == uow.settings.base_currency,
        )
        .order_by(ExchangeRate.day.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(ExchangeRate.day < before)
    return list(uow.session.scalars(query))


def rate_on(
    uow: UnitOfWork, currencies: Iterable[str], day: date
) -> dict[str, Decimal]:
    """What one unit of each of `currencies` is worth in the base currency on `day`.

    The newest rate at or before the day counts; a currency without one is left out.
    """
    found = rates_on(uow, [(code, day) for code in currencies])
    return {code: rate for (code, _), rate in found.items() if rate is not None}


def rate_day(uow: UnitOfWork, currency: str, closed_at: datetime | None) -> RateDay:
    """The day whose rate counts for a lead: the one it was closed on, else today."""
    if closed_at is None:
        return currency, uow.today()
    return currency, closed_at.astimezone(uow.settings.zone).date()


def rates_on(
    uow: UnitOfWork, wanted: Iterable[RateDay]
) -> Mapping[RateDay, Decimal | None]:
    """What is known of the rates of some days, all that are `wanted` among them.

    The base currency costs no statement, all others together one; what was asked for
    is remembered as long as the unit lives.
    """
    base = uow.settings.base_currency
    known: dict[RateDay, Decimal | None] = uow.session.info.setdefault(_KNOWN, {})
    asked = sorted({pair for pair in wanted if pair not in known})
    known |= {pair: Decimal(1) for pair in asked if pair[0] == base}
    foreign = [pair for pair in asked if pair[0] != base]
    if foreign:
        known |= _read_rates(uow, foreign, base)
    return known


def forget_rates(uow: UnitOfWork) -> None:
    """Let the unit ask for rates anew: some were changed."""
    uow.session.info.pop(_KNOWN, None)


def _read_rates(
    uow: UnitOfWork, asked: list[RateDay], base: str
) -> dict[RateDay, Decimal | None]:
    pairs = (
        values(column("currency", String(3)), column("day", Date), name="pairs")
        .data(asked)
        .cte("asked")
    )
    newest = (
        select(ExchangeRate.rate)
        .where(
            ExchangeRate.currency == pairs.c.currency,
            ExchangeRate.base == base,
            ExchangeRate.day <= pairs.c.day,
        )
        .order_by(ExchangeRate.day.desc())
        .limit(1)
        .correlate(pairs)
        .scalar_subquery()
    )
    query = select(pairs.c.currency, pairs.c.day, newest)
    # What the unit is about to write has nothing to do with rates.
    with uow.session.no_autoflush:
        rows = uow.session.execute(query)
    return {(code, day): rate for code, day, rate in rows}
