"""Each kind of custom value: how it is checked, kept in JSON, and read in SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AwareDatetime,
    Field,
    StrictBool,
    StringConstraints,
    TypeAdapter,
)
from sqlalchemy import BigInteger, Boolean, Dialect, String
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

from crmkit.core.field_types import FieldType
from crmkit.core.types import LARGEST_MONEY, Money, Percent
from crmkit.core.words import fold, normalize_email

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.types import TypeEngine

_LARGEST_WHOLE = 2**53
_MONEY_STEP = 10_000
_PERCENT_STEP = 100
_LONGEST_FOLDED = 600


class IsoDay(TypeDecorator[date]):
    """A day that an expression reads from JSON, where it is ISO text."""

    impl = String
    cache_ok = True

    @property
    @override
    def python_type(self) -> type[date]:
        return date

    @override
    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        return None if value is None else value.isoformat()

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        return None if value is None else date.fromisoformat(value)


class IsoMoment(TypeDecorator[datetime]):
    """A moment that an expression reads from JSON, where it is ISO text in UTC."""

    impl = String
    cache_ok = True

    @property
    @override
    def python_type(self) -> type[datetime]:
        return datetime

    @override
    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> str | None:
        return None if value is None else _moment_text(value)

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


def _moment_text(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value. `store` gives what JSON keeps, `load` the value back.

    `cast` is the type that PostgreSQL casts the JSON text to, empty for text.
    """

    adapter: TypeAdapter[Any]
    sql_type: TypeEngine[Any]
    cast: str = ""
    store: Callable[[Any], Any] = str
    load: Callable[[Any], Any] = str
    folds: Callable[[str], str] | None = None

    @property
    def is_text(self) -> bool:
        """Whether a folded copy is kept, by which the values are compared."""
        return self.folds is not None


def fold_short(text: str) -> str:
    """The folded copy of a text that an index can hold whole."""
    return fold(text)[:_LONGEST_FOLDED]


def _text(most: int) -> TypeAdapter[str]:
    limits = StringConstraints(strip_whitespace=True, max_length=most)
    return TypeAdapter(Annotated[str, limits])


class NotALinkError(ValueError):
    """Only links that a browser opens safely are kept."""


def _check_link(text: str) -> str:
    if text and urlsplit(text).scheme not in {"http", "https"}:
        sentence = "A link begins with https:// or http://."
        raise NotALinkError(sentence)
    return text


def _check_mail(text: str) -> str:
    if text and normalize_email(text) is None:
        sentence = "This is no mail address."
        raise ValueError(sentence)
    return text


def _plain(kind: TypeAdapter[str]) -> Kind:
    return Kind(kind, String(), folds=fold_short)


def _number(
    adapter: TypeAdapter[Any], sql_type: TypeEngine[Any], step: int, cast: str
) -> Kind:
    return Kind(
        adapter,
        sql_type,
        cast,
        store=lambda value: int((value * step).to_integral_value()),
        load=lambda stored: Decimal(stored) / step,
    )


_short = StringConstraints(strip_whitespace=True, max_length=500)
_amount = Field(
    gt=-LARGEST_MONEY, lt=LARGEST_MONEY, decimal_places=4, allow_inf_nan=False
)
_percent = Field(ge=0, le=100, decimal_places=2, allow_inf_nan=False)
_whole = Field(strict=True, ge=-_LARGEST_WHOLE, le=_LARGEST_WHOLE)

KINDS: Mapping[FieldType, Kind] = {
    FieldType.TEXT: _plain(_text(500)),
    FieldType.LONG_TEXT: Kind(_text(20_000), String(), folds=fold),
    FieldType.PHONE: _plain(_text(64)),
    FieldType.MAIL: _plain(
        TypeAdapter(Annotated[str, _short, AfterValidator(_check_mail)])
    ),
    FieldType.LINK: _plain(
        TypeAdapter(Annotated[str, _short, AfterValidator(_check_link)])
    ),
    FieldType.CHOICE: _plain(_text(120)),
    FieldType.WHOLE: Kind(
        TypeAdapter(Annotated[int, _whole]), BigInteger(), "bigint", int, int
    ),
    FieldType.DECIMAL: _number(
        TypeAdapter(Annotated[Decimal, _amount]), Money(), _MONEY_STEP, "bigint"
    ),
    FieldType.MONEY: _number(
        TypeAdapter(Annotated[Decimal, _amount]), Money(), _MONEY_STEP, "bigint"
    ),
    FieldType.PERCENT: _number(
        TypeAdapter(Annotated[Decimal, _percent]), Percent(), _PERCENT_STEP, "bigint"
    ),
    FieldType.DATE: Kind(
        TypeAdapter(date), IsoDay(), store=date.isoformat, load=date.fromisoformat
    ),
    FieldType.MOMENT: Kind(
        TypeAdapter(AwareDatetime),
        IsoMoment(),
        store=_moment_text,
        load=datetime.fromisoformat,
    ),
    FieldType.YES_NO: Kind(TypeAdapter(StrictBool), Boolean(), "boolean", bool, bool),
}
"""The kinds whose value stands in the record's JSON."""

LINKED: Mapping[FieldType, TypeAdapter[Any]] = {
    FieldType.CHOICES: TypeAdapter(
        Annotated[
            tuple[
                Annotated[
                    str, StringConstraints(strip_whitespace=True, max_length=120)
                ],
                ...,
            ],
            Field(max_length=50),
        ]
    ),
    FieldType.USER: TypeAdapter(Annotated[int, _whole]),
    FieldType.CONTACT: TypeAdapter(Annotated[int, _whole]),
}
"""The kinds whose values stand in a table of links."""
