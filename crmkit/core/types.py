"""The column types of crmkit; no other is used for these kinds of value.

They exist because SQLite stores Numeric as a float, drops time zones and gives ids
of deleted rows again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
from sqlalchemy import BigInteger, DateTime, Dialect, Enum, Integer, String, Text
from sqlalchemy.types import TypeDecorator, TypeEngine
from typing_extensions import override

if TYPE_CHECKING:
    from enum import StrEnum

__all__ = [
    "Id",
    "Ids",
    "JsonText",
    "Money",
    "Percent",
    "Rate",
    "UtcDateTime",
    "choice",
]

MONEY_STEP = 10_000
LARGEST_MONEY = Decimal(10) ** 14
_STEP = Decimal(1) / MONEY_STEP
_PERCENT_STEP = 100
RATE_STEP = 10**10
_FINEST_RATE = Decimal(1) / RATE_STEP


def round_money(amount: Decimal) -> Decimal:
    """`amount` on the grid of 1/10,000 of a currency unit, half to even."""
    return amount.quantize(_STEP, ROUND_HALF_EVEN)


class NaiveTimeError(ValueError):
    """A time without a zone was about to be stored."""


# A list of 80 leads reads a thousand values: these functions get them directly, without
# the step between that `process_result_value` and its like are called through.
_T = TypeVar("_T")
_Read = Callable[[Any], _T | None]
_Write = Callable[[_T | None], Any]


def _write_money(value: Decimal | None) -> int | None:
    return None if value is None else int(round_money(value) * MONEY_STEP)


def _write_percent(value: Decimal | None) -> int | None:
    if value is None:
        return None
    return int((value * _PERCENT_STEP).quantize(Decimal(1), ROUND_HALF_EVEN))


def _write_moment(value: datetime | None) -> datetime | None:
    if value is None or value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        sentence = f"{value} has no time zone."
        raise NaiveTimeError(sentence)
    return value.astimezone(UTC)


def _write_text_of_moment(value: datetime | None) -> str | None:
    moment = _write_moment(value)
    return None if moment is None else str(moment.isoformat(" ", "microseconds"))


def _read_money(value: Any) -> Decimal | None:
    # Sums come back as Decimal from PostgreSQL, as int from SQLite.
    return None if value is None else Decimal(int(value)) / MONEY_STEP


@lru_cache(maxsize=1024)
def _read_percent(value: Any) -> Decimal | None:
    return None if value is None else Decimal(int(value)) / _PERCENT_STEP


def _read_text_of_moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _read_moment(value: Any) -> datetime | None:
    if value is None or value.tzinfo is UTC:
        return value  # type: ignore[no-any-return]  # of the driver
    return value.astimezone(UTC)  # type: ignore[no-any-return]  # the same


class Money(TypeDecorator[Decimal]):
    """An amount: Decimal in Python, BIGINT of 1/10,000 of a unit in the database."""

    impl = BigInteger
    cache_ok = True

    @property
    @override
    def python_type(self) -> type[Decimal]:
        return Decimal

    @override
    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return _write_money(value)

    @override
    def bind_processor(self, dialect: Dialect) -> _Write[Decimal]:
        return _write_money

    @override
    def result_processor(self, dialect: Dialect, coltype: object) -> _Read[Decimal]:
        return _read_money


class Percent(TypeDecorator[Decimal]):
    """A percentage, 0 to 100: Decimal in Python, hundredths of a percent stored."""

    impl = Integer
    cache_ok = True

    @property
    @override
    def python_type(self) -> type[Decimal]:
        return Decimal

    @override
    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return _write_percent(value)

    @override
    def bind_processor(self, dialect: Dialect) -> _Write[Decimal]:
        return _write_percent

    @override
    def result_processor(self, dialect: Dialect, coltype: object) -> _Read[Decimal]:
        return _read_percent


def round_rate(rate: Decimal) -> Decimal:
    """`rate` with ten decimals, half to even."""
    return rate.quantize(_FINEST_RATE, ROUND_HALF_EVEN)


class Rate(TypeDecorator[Decimal]):
    """An exchange rate: Decimal in Python, BIGINT of 1/10,000,000,000 stored."""

    impl = BigInteger
    cache_ok = True

    @property
    @override
    def python_type(self) -> type[Decimal]:
        return Decimal

    @override
    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else int(round_rate(value) * RATE_STEP)

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(int(value)) / RATE_STEP


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware and in UTC in Python; timestamptz, or ISO text on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    @override
    def python_type(self) -> type[datetime]:
        return datetime

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(32))
        return dialect.type_descriptor(DateTime(timezone=True))

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        return self.bind_processor(dialect)(value)

    @override
    def bind_processor(self, dialect: Dialect) -> _Write[datetime]:
        return _write_text_of_moment if dialect.name == "sqlite" else _write_moment

    @override
    def result_processor(self, dialect: Dialect, coltype: object) -> _Read[datetime]:
        return _read_text_of_moment if dialect.name == "sqlite" else _read_moment


class Id(TypeDecorator[int]):
    """A record's number, never given twice."""

    impl = BigInteger
    cache_ok = True

    @property
    @override
    def python_type(self) -> type[int]:
        return int

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        # SQLite counts only an INTEGER PRIMARY KEY by itself.
        chosen = Integer() if dialect.name == "sqlite" else BigInteger()
        return dialect.type_descriptor(chosen)


class _Choice(Enum):
    """Reads a member by its value, which is one look into a dictionary."""

    cache_ok = True

    @override
    def result_processor(self, dialect: Dialect, coltype: object) -> _Read[Any]:
        members = {member.value: member for member in self.enum_class or ()}
        return {None: None, **members}.__getitem__


class JsonText(TypeDecorator[Any]):
    """Any value of JSON as text: SQLite would make a number of a JSON column's `12`."""

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else orjson.dumps(value).decode()

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else orjson.loads(value)


class Ids(TypeDecorator[tuple[int, ...]]):
    """Some ids: a tuple in Python, a list of JSON as text in the database."""

    impl = Text
    cache_ok = True

    @property
    @override
    def python_type(self) -> type[tuple[int, ...]]:
        return tuple

    @override
    def process_bind_param(
        self, value: tuple[int, ...] | None, dialect: Dialect
    ) -> str | None:
        return None if value is None else orjson.dumps(value).decode()

    @override
    def process_result_value(
        self, value: Any, dialect: Dialect
    ) -> tuple[int, ...] | None:
        return None if value is None else tuple(orjson.loads(value))


def choice(kind: type[StrEnum]) -> Enum:
    """A text column that holds one value of the closed set `kind`."""
    return _Choice(
        kind,
        native_enum=False,
        length=24,
        values_callable=lambda members: [member.value for member in members],
    )
