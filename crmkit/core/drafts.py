"""What comes through a door is a draft: checked values, and nothing unknown."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)
from pydantic_core import PydanticCustomError

from crmkit.core.errors import CrmError, mark

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Day",
    "Draft",
    "Instant",
    "Number",
    "RecordId",
    "Whole",
    "YesNo",
    "check_text",
]

LARGEST_ID = 2**63 - 1
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}\S*")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)

_KEPT = frozenset("\t\n\r")


class ControlCharacterError(CrmError):
    """A text holds a character that no text holds."""

    def __init__(self, field: str) -> None:
        super().__init__(
            mark("“{name}” holds a control character that cannot be kept."),
            field=field,
            name=field,
        )


def check_text(values: Mapping[str, Any]) -> None:
    """Raise ControlCharacterError where a text holds NUL or its like."""
    for name, value in values.items():
        if isinstance(value, str) and not value.isprintable() and _is_broken(value):
            raise ControlCharacterError(name)


def _is_broken(text: str) -> bool:
    return any(
        (sign < " " and sign not in _KEPT)
        or sign == "\x7f"
        or "\ud800" <= sign <= "\udfff"
        for sign in text
    )


def _only_day(value: object) -> object:
    # Pydantic would read a number as seconds since 1970, and a time as its day.
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DAY.fullmatch(value.strip()):
        return value.strip()
    raise PydanticCustomError("date_parsing", "Input should be a valid day")


def _only_instant(value: object) -> object:
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and _INSTANT.fullmatch(value.strip()):
        return value.strip()
    raise PydanticCustomError("datetime_parsing", "Input should be a valid time")


def _only_number(value: object) -> object:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return value.strip()
    raise PydanticCustomError("decimal_parsing", "Input should be a valid number")


Whole = Annotated[int, Field(strict=True)]
"""A whole number; neither its digits as text nor true and false."""
RecordId = Annotated[int, Field(strict=True, ge=1, le=LARGEST_ID)]
"""The id of a record."""
YesNo = Annotated[bool, Field(strict=True)]
"""True or false; no text that means it."""
Day = Annotated[date, BeforeValidator(_only_day)]
"""A day, or its text like 2026-12-31."""
Instant = Annotated[AwareDatetime, BeforeValidator(_only_instant)]
"""A time with its zone, or its text like 2026-12-31T16:00+01:00."""
Number = Annotated[Decimal, BeforeValidator(_only_number)]
"""A decimal number, or its digits as text; neither 1e5 nor true."""


class Draft(BaseModel):
    """The base of all drafts: outer blanks go, unknown names are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    @model_validator(mode="after")
    def _has_plain_text(self) -> Self:
        check_text(self.__dict__)
        return self
