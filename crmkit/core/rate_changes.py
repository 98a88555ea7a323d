"""Entering, changing and deleting exchange rates; the leads follow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field
from sqlalchemy import insert, select, update

from crmkit.core.clock import FIRST_DAY, LAST_DAY
from crmkit.core.currencies import (
    BaseCurrencyError,
    Currency,
    CurrencyDraft,
    add_currency,
)
from crmkit.core.drafts import Draft
from crmkit.core.errors import CrmError, NotFoundError, mark
from crmkit.core.events import Fact, Values, record
from crmkit.core.exchange_rates import ExchangeRate, RateSource, forget_rates
from crmkit.core.leads.base_amounts import (
    count_by_currency,
    refresh_base_amounts,
    refresh_later,
)
from crmkit.core.types import round_rate
from crmkit.core.uow import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "EnteredRates",
    "NewRate",
    "RateDraft",
    "RatePlan",
    "delete_rate",
    "enter_rates",
    "get_rate",
    "import_rates",
    "refresh_closed_leads",
    "set_rate",
]

SMALLEST_RATE = Decimal("0.0000001")
LARGEST_RATE = Decimal(10_000_000)
MOST_RATES = 50_000


class AbsurdRateError(CrmError):
    """No currency is worth so little or so much of another."""

    def __init__(self, rate: object) -> None:
        super().__init__(
            mark(
                "{rate} is no exchange rate; write what one unit of the currency is "
                "worth in the base currency, like 0.92."
            ),
            field="rate",
            rate=rate,
        )


class TooManyRatesError(CrmError):
    """A file holds more rates than can be entered at once."""

    def __init__(self, number: int) -> None:
        super().__init__(
            mark("These are {number} rates; a file may bring {most}. Divide it."),
            field="file",
            number=number,
            most=MOST_RATES,
        )


def check_rate(rate: Decimal) -> Decimal:
    """`rate` with ten decimals; raises AbsurdRateError where it can be none."""
    if not rate.is_finite() or not SMALLEST_RATE <= rate <= LARGEST_RATE:
        raise AbsurdRateError(rate)
    # Plus nothing: 1E+2 is written 100.
    return round_rate(rate).normalize() + 0


class RateDraft(Draft):
    """What one unit of a currency is worth in the base currency from a day on."""

    day: date = Field(ge=FIRST_DAY, le=LAST_DAY)
    rate: Annotated[Decimal, AfterValidator(check_rate)]


@dataclass(frozen=True, slots=True)
class NewRate:
    """A rate to be entered: what one unit of `currency` is worth from `day` on."""

    currency: str
    day: date
    rate: Decimal


@dataclass(frozen=True, slots=True)
class EnteredRates:
    """How many rates were new, how many changed, how many stood there already."""

    added: int
    changed: int
    same: int


def get_rate(uow: UnitOfWork, currency: Currency, day: date) -> ExchangeRate:
    """The rate of a currency that was entered for `day` itself."""
    found = uow.session.scalar(
        select(ExchangeRate)
        .where(
            ExchangeRate.currency == currency.code,
            ExchangeRate.base == uow.settings.base_currency,
            ExchangeRate.day == day,
        )
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFoundError("rate", f"{currency.code} {day}")
    return found


def set_rate(uow: UnitOfWork, currency: Currency, draft: RateDraft) -> ExchangeRate:
    """The rate of a currency for a day, new or instead of the one that was there.

    Open leads in the currency take it. Only an admin may. Raises BaseCurrencyError.
    """
    enter_rates(uow, [NewRate(currency.code, draft.day, draft.rate)], RateSource.HAND)
    return get_rate(uow, currency, draft.day)


def enter_rates(
    uow: UnitOfWork, rates: Sequence[NewRate], source: RateSource
) -> EnteredRates:
    """Enter many rates of currencies that were set up, as `set_rate` does one."""
    uow.require(Role.ADMIN)
    base = uow.settings.base_currency
    if any(rate.currency == base for rate in rates):
        raise BaseCurrencyError(base)
    if not rates:
        return EnteredRates(0, 0, 0)
    known = _known(uow, rates)
    wanted = {(rate.currency, rate.day): rate for rate in rates}
    new = [rate for pair, rate in wanted.items() if pair not in known]
    other = [
        (known[pair], rate)
        for pair, rate in wanted.items()
        if pair in known and known[pair].rate != rate.rate
    ]
    facts = [*_add(uow, new, source), *_change(uow, other, source)]
    if facts:
        record(uow, facts)
        follow_rates(uow)
    return EnteredRates(len(new), len(other), len(wanted) - len(facts))


def _known(
    uow: UnitOfWork, rates: Sequence[NewRate]
) -> dict[tuple[str, date], ExchangeRate]:
    days = [rate.day for rate in rates]
    found = uow.session.scalars(
        select(ExchangeRate).where(
            ExchangeRate.base == uow.settings.base_currency,
            ExchangeRate.currency.in_({rate.currency for rate in rates}),
            ExchangeRate.day.between(min(days), max(days)),
        )
    )
    return {(rate.currency, rate.day): rate for rate in found}


def _entered(uow: UnitOfWork, rate: NewRate, source: RateSource) -> dict[str, Any]:
    return {
        "rate": rate.rate,
        "source": source,
        "entered_by_id": uow.actor.id,
        "entered_at": uow.now(),
    }


def _add(uow: UnitOfWork, rates: Sequence[NewRate], source: RateSource) -> list[Fact]:
    if not rates:
        return []
    base = uow.settings.base_currency
    ids = uow.session.scalars(
        insert(ExchangeRate).returning(ExchangeRate.id, sort_by_parameter_order=True),
        [
            {
                "version": 1,
                "currency": rate.currency,
                "base": base,
                "day": rate.day,
                **_entered(uow, rate, source),
            }
            for rate in rates
        ],
    )
    return [
        _fact("created", rate_id, 1, _said(rate.currency, rate.day, None, rate.rate))
        for rate_id, rate in zip(ids, rates, strict=True)
    ]


def _change(
    uow: UnitOfWork,
    pairs: Sequence[tuple[ExchangeRate, NewRate]],
    source: RateSource,
) -> list[Fact]:
    facts = []
    rows = []
    for old, new in pairs:
        version = old.version + 1
        said = _said(new.currency, new.day, old.rate, new.rate)
        facts.append(_fact("changed", old.id, version, said))
        rows.append({"id": old.id, "version": version, **_entered(uow, new, source)})
    if rows:
        uow.session.execute(update(ExchangeRate), rows)
    return facts


@dataclass(frozen=True, slots=True)
class RatePlan:
    """What the rates of a file would do.

    `left_out` are its currencies that were not set up and that no lead is in.
    """

    entered: EnteredRates
    added: tuple[str, ...]
    left_out: tuple[str, ...]


def import_rates(
    uow: UnitOfWork, rates: Sequence[NewRate], *, add: bool = False, dry: bool = False
) -> RatePlan:
    """Enter the rates of a file, all or none, and tell what came of it.

    Currencies that leads are in are set up; others that were not are left out, unless
    `add`. Only an admin may. With `dry` nothing is written.
    """
    uow.require(Role.ADMIN)
    known = set(uow.session.scalars(select(Currency.code)))
    codes = {rate.currency for rate in rates}
    missing = codes - known
    left_out = frozenset() if add else missing - count_by_currency(uow).keys()
    added = tuple(sorted(missing - left_out))
    wanted = [rate for rate in rates if rate.currency not in left_out]
    if len(wanted) > MOST_RATES:
        raise TooManyRatesError(len(wanted))
    if dry:
        entered = _foresee(uow, wanted)
    else:
        for code in added:
            add_currency(uow, CurrencyDraft(code=code))
        entered = enter_rates(uow, wanted, RateSource.FILE)
    return RatePlan(entered, added, tuple(sorted(left_out)))


def _foresee(uow: UnitOfWork, rates: Sequence[NewRate]) -> EnteredRates:
    known = _known(uow, rates) if rates else {}
    stands = [known.get((rate.currency, rate.day)) for rate in rates]
    same = sum(
        old is not None and old.rate == new.rate
        for old, new in zip(stands, rates, strict=True)
    )
    added = stands.count(None)
    return EnteredRates(added, len(rates) - added - same, same)


def delete_rate(uow: UnitOfWork, rate: ExchangeRate) -> None:
    """Take a rate away; open leads take the one before it. Only an admin may."""
    uow.require(Role.ADMIN)
    said = _said(rate.currency, rate.day, rate.rate, None)
    uow.session.delete(rate)
    uow.session.flush()
    record(uow, [_fact("deleted", rate.id, rate.version + 1, said)])
    follow_rates(uow)


def _said(currency: str, day: date, old: Decimal | None, new: Decimal | None) -> Values:
    is_new, is_gone = old is None, new is None
    return {
        "currency": (None if is_new else currency, None if is_gone else currency),
        "day": (None if is_new else day, None if is_gone else day),
        "rate": (old, new),
    }


def _fact(what: str, rate_id: int, version: int, said: Values) -> Fact:
    return Fact(f"exchange_rate.{what}", "exchange_rate", rate_id, version, said)


def follow_rates(uow: UnitOfWork, *, closed: bool = False) -> int | None:
    """Bring the base amounts of leads up to date with the rates.

    The first leads have them at once; for more there is a job, whose id is answered.
    """
    forget_rates(uow)
    if refresh_base_amounts(uow, closed=closed) is None:
        return None
    return refresh_later(uow, closed=closed)


def refresh_closed_leads(uow: UnitOfWork) -> int | None:
    """Give every lead, the closed ones too, the base amounts of the present rates.

    Closed leads keep theirs when a rate of the past is corrected, until this is asked
    for. Only an admin may. Answers the id of the job that does what is left, if any.
    """
    uow.require(Role.ADMIN)
    return follow_rates(uow, closed=True)
