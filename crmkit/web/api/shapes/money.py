"""Currencies and their exchange rates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from crmkit.web.api.shapes.forms import Versions

Rate = Annotated[
    str,
    Field(
        pattern=r"^\d+(\.\d+)?$",
        description="Units of the base currency for one unit, as text.",
        examples=["0.92"],
    ),
]
CurrencyCode = Annotated[
    str, Field(description="Three capital letters.", examples=["CHF"])
]


class Currency(TypedDict):
    """A currency with its newest rate; the base currency need not be set up."""

    code: CurrencyCode
    version: Versions | None
    name: Annotated[
        str, Field(description="In the caller's language.", examples=["Swiss Franc"])
    ]
    digits: Annotated[int, Field(description="Behind the decimal point.")]
    is_base: bool
    archived_at: datetime | None
    rate: Rate | None
    rate_day: date | None


class ExchangeRate(TypedDict):
    """What a currency was worth on a day."""

    currency: CurrencyCode
    base: Annotated[str, Field(description="The base currency.", examples=["EUR"])]
    day: date
    rate: Rate
    source: Annotated[str, Field(description="Where it comes from.", examples=["hand"])]
    entered_by_id: int | None
    entered_at: datetime
    version: Versions


class EnteredRates(TypedDict):
    """What became of a file of rates, or would with `dry_run`."""

    added: int
    changed: int
    same: int
    currencies_added: list[CurrencyCode]
    left_out: list[CurrencyCode]
    dry_run: bool


class StartedJob(TypedDict):
    """The job that does the rest; null where nothing is left to do."""

    job_id: int | None
