"""Keyset paging: a page after a row, not after a number of rows.

Empty values come last in either direction. A cursor holds the sort it belongs to and
the keys of the last row.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Select, and_, or_

from crmkit.core.drafts import check_text
from crmkit.core.errors import CrmError, mark
from crmkit.core.types import LARGEST_MONEY

_LARGEST_ID = 2**63 - 1


class CursorError(CrmError):
    """The cursor was not made by this list with this sort."""

    def __init__(self) -> None:
        super().__init__(
            mark("This cursor belongs to another list; start from the first page."),
            field="cursor",
        )


@dataclass(frozen=True, slots=True)
class Sort:
    """The order of a list: by a column, down or up, then by id the same way.

    `holder` is the table beside the entity's own that the column stands in.
    """

    name: str
    column: Any
    id: Any
    is_descending: bool
    holder: Any = None

    @property
    def text(self) -> str:
        """The order as it stands in an address."""
        return f"-{self.name}" if self.is_descending else self.name


def after(statement: Select[Any], sort: Sort, cursor: str | None) -> Select[Any]:
    """`statement` in the order of `sort`, from behind the row of `cursor` on."""
    column, number = sort.column, sort.id
    if sort.holder is not None:
        beside = sort.holder.record_id == number
        statement = statement.outerjoin(sort.holder, beside)
    # PostgreSQL reads an index for NULLS LAST only upward, so it is said only where
    # a value can be empty.
    first = column.desc() if sort.is_descending else column.asc()
    if _can_be_empty(column):
        first = first.nulls_last()
    way = (first, number.desc() if sort.is_descending else number.asc())
    ordered = statement.order_by(*way)
    return ordered.where(_behind(sort, cursor)) if cursor else ordered


def _behind(sort: Sort, cursor: str) -> ColumnElement[bool]:
    value, last = _read(sort, cursor)
    column, number = sort.column, sort.id
    further = number < last if sort.is_descending else number > last
    if value is None:
        empty: ColumnElement[bool] = and_(column.is_(None), further)
        return empty
    if sort.is_descending:
        beyond = and_(column <= value, or_(column < value, further))
    else:
        beyond = and_(column >= value, or_(column > value, further))
    return or_(beyond, column.is_(None)) if _can_be_empty(column) else beyond


def _can_be_empty(column: Any) -> bool:
    return bool(getattr(getattr(column, "expression", column), "nullable", True))


def cursor_of(sort: Sort, value: Any, number: int) -> str:
    """The cursor of a row by its sort value and its id."""
    text = orjson.dumps([sort.text, value, number], default=str)
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def _read(sort: Sort, cursor: str) -> tuple[Any, int]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        text, value, number = orjson.loads(base64.urlsafe_b64decode(padded))
        if text != sort.text or type(number) is not int or number > _LARGEST_ID:
            raise CursorError
        return _checked(_typed(sort, value)), number
    except (ValueError, TypeError, ArithmeticError, binascii.Error) as error:
        raise CursorError from error


def _checked(value: Any) -> Any:
    if isinstance(value, Decimal) and not abs(value) < LARGEST_MONEY:
        raise CursorError
    if isinstance(value, str):
        check_text({"cursor": value})
    return value


def _typed(sort: Sort, value: Any) -> Any:
    if value is None:
        return None
    kind = sort.column.type.python_type
    readers: dict[type, Any] = {
        Decimal: Decimal,
        date: date.fromisoformat,
        datetime: datetime.fromisoformat,
    }
    read = readers.get(kind)
    return read(value) if read else kind(value)
