"""Currencies: the base currency, and those that were set up beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

from babel.core import get_global
from babel.numbers import get_currency_name, get_currency_precision
from pydantic import AfterValidator, Field
from sqlalchemy import (
    String,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base
from crmkit.core.drafts import Draft
from crmkit.core.errors import CrmError, NotFoundError, mark
from crmkit.core.events import Fact, Values, record
from crmkit.core.exchange_rates import newest_rates
from crmkit.core.uow import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmkit.core.exchange_rates import ExchangeRate
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "Currency",
    "CurrencyCode",
    "CurrencyDraft",
    "CurrencyNow",
    "add_currency",
    "archive_currency",
    "currency_name",
    "currency_names",
    "get_currency",
    "list_currencies",
    "offered_currencies",
    "read_currency",
    "restore_currency",
]

# What stands for no currency, and for tests.
_NONE = frozenset({"XXX", "XTS"})


class Currency(Base):
    """A currency that was set up: it is offered in forms, and has rates."""

    __tablename__ = "currency"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    code: Mapped[str] = mapped_column(String(3), unique=True)
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class CurrencyNow:
    """A currency with its newest rate; the base currency's is always 1.

    `leads` counts the leads that are in it, and `id` is None for one that leads are in
    though nobody set it up.
    """

    code: str
    digits: int
    is_base: bool
    id: int | None = None
    version: int | None = None
    archived_at: datetime | None = None
    rate: Decimal | None = None
    rate_day: date | None = None
    leads: int = 0


class UnknownCurrencyError(CrmError):
    """No currency has this code."""

    def __init__(self, code: str) -> None:
        super().__init__(
            mark("“{code}” is no currency; write its three letters, like EUR."),
            field="currency",
            code=code,
        )


class CurrencyTakenError(CrmError):
    """The currency was set up before."""

    def __init__(self, code: str) -> None:
        super().__init__(
            mark("{code} is among the currencies already."), field="code", code=code
        )


class BaseCurrencyError(CrmError):
    """The base currency is always there, and worth one of itself."""

    status = HTTPStatus.CONFLICT

    def __init__(self, code: str) -> None:
        super().__init__(
            mark(
                "{code} is the base currency: its rate is always 1, and it cannot be "
                "taken out."
            ),
            code=code,
        )


def check_code(code: str) -> str:
    """`code`, if ISO 4217 has or had it; raises UnknownCurrencyError."""
    if code in _NONE or code not in get_global("all_currencies"):
        raise UnknownCurrencyError(code)
    return code


CurrencyCode = Annotated[str, Field(pattern="^[A-Z]{3}$"), AfterValidator(check_code)]
"""The code of a currency that leads may be in, whether it was set up or not."""


class CurrencyDraft(Draft):
    """A currency to be set up."""

    code: CurrencyCode


def currency_name(code: str, locale: str) -> str:
    """The name of a currency in a language: “US Dollar”."""
    return get_currency_name(code, locale=locale)


def currency_names(locale: str) -> list[tuple[str, str]]:
    """Every currency there is, as pairs of code and name, by code."""
    codes = sorted(set(get_global("all_currencies")) - _NONE)
    return [(code, currency_name(code, locale)) for code in codes]


def get_currency(uow: UnitOfWork, code: str) -> Currency:
    """The currency of that code, if it was set up.

    Raises BaseCurrencyError for a base currency that was not: it needs no setting up.
    """
    found = uow.session.scalar(select(Currency).where(Currency.code == code))
    if found is None:
        if code == uow.settings.base_currency:
            raise BaseCurrencyError(code)
        raise NotFoundError("currency", code)
    return found


def offered_currencies(uow: UnitOfWork) -> list[str]:
    """The codes that a form offers: the base currency first."""
    query = select(Currency.code).where(Currency.archived_at.is_(None))
    codes = uow.session.scalars(query.order_by(Currency.code))
    return list(dict.fromkeys([uow.settings.base_currency, *codes]))


def list_currencies(
    uow: UnitOfWork, leads: Mapping[str, int] | None = None
) -> list[CurrencyNow]:
    """The base currency, those that were set up, and those of `leads`, by code.

    `leads` counts leads by currency. Archived ones are told too.
    """
    counts = leads or {}
    base = uow.settings.base_currency
    known = {one.code: one for one in uow.session.scalars(select(Currency))}
    codes = {base, *known, *counts}
    newest = {rate.currency: rate for rate in newest_rates(uow, uow.today())}
    return [
        _now(code, base, counts.get(code, 0), known.get(code), newest.get(code))
        for code in sorted(codes, key=lambda code: (code != base, code))
    ]


def _now(
    code: str,
    base: str,
    leads: int,
    currency: Currency | None,
    newest: ExchangeRate | None,
) -> CurrencyNow:
    now = CurrencyNow(
        code, get_currency_precision(code), is_base=code == base, leads=leads
    )
    if currency is not None:
        now = replace(
            now,
            id=currency.id,
            version=currency.version,
            archived_at=currency.archived_at,
        )
    if newest is not None:
        now = replace(now, rate=newest.rate, rate_day=newest.day)
    return replace(now, rate=Decimal(1)) if now.is_base else now


def read_currency(uow: UnitOfWork, code: str) -> CurrencyNow:
    """The currency of that code as it stands, the base currency among them."""
    found = next((one for one in list_currencies(uow) if one.code == code), None)
    if found is None:
        raise NotFoundError("currency", code)
    return found


def add_currency(uow: UnitOfWork, draft: CurrencyDraft) -> Currency:
    """Set a currency up, or take an archived one back. Only an admin may.

    Raises CurrencyTakenError where it is there already.
    """
    uow.require(Role.ADMIN)
    query = select(Currency).where(Currency.code == draft.code)
    known = uow.session.scalar(query)
    if known is not None:
        if known.archived_at is None:
            raise CurrencyTakenError(draft.code)
        restore_currency(uow, known)
        return known
    new = Currency(code=draft.code, created_at=uow.now(), version=1)
    uow.session.add(new)
    _record(uow, new, "currency.created", {"code": (None, new.code)})
    return new


def archive_currency(uow: UnitOfWork, currency: Currency) -> None:
    """Offer a currency no longer; leads and rates stay. Only an admin may.

    Raises BaseCurrencyError for the base currency.
    """
    uow.require(Role.ADMIN)
    if currency.code == uow.settings.base_currency:
        raise BaseCurrencyError(currency.code)
    if currency.archived_at is None:
        currency.archived_at = uow.now()
        currency.version += 1
        _record(uow, currency, "currency.archived", {})


def restore_currency(uow: UnitOfWork, currency: Currency) -> None:
    """Offer an archived currency again. Only an admin may."""
    uow.require(Role.ADMIN)
    if currency.archived_at is not None:
        currency.archived_at = None
        currency.version += 1
        _record(uow, currency, "currency.restored", {})


def _record(uow: UnitOfWork, currency: Currency, kind: str, said: Values) -> None:
    uow.session.flush()
    record(uow, [Fact(kind, "currency", currency.id, currency.version, said)])
