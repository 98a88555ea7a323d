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
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, or_

from crmkit.core.drafts import check_text
from crmkit.core.errors import CrmError, mark
from crmkit.core.types import LARGEST_MONEY

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST_ID = 2**63 - 1
_PLACE, _PLACE_ID = "behind_", "behind_id"


class CursorError(CrmError):
    """The cursor was not made by this list with this sort."""

    def __init__(self) -> None:
        super().__init__(
            mark("This cursor belongs to another list; start from the first page."),
            field="cursor",
        )


@dataclass(frozen=True, slots=True)
class Sort:
    """The order of a list: by a column, down or up, by those of `then`, then by id.

    `holder` is the table beside the entity's own that the column stands in.
    """

    name: str
    column: Any
    id: Any
    is_descending: bool
    holder: Any = None
    then: tuple[Sort, ...] = ()

    @property
    def parts(self) -> tuple[Sort, ...]:
        """Each column that sorts, the first one first."""
        return (self, *self.then)

    @property
    def text(self) -> str:
        """The order as it stands in an address."""
        signs = ("-" if part.is_descending else "" for part in self.parts)
        names = (part.name for part in self.parts)
        return ",".join(
            f"{sign}{name}" for sign, name in zip(signs, names, strict=True)
        )

    @property
    def labels(self) -> list[Any]:
        """The columns as a statement selects them, for `keys_of`."""
        return [part.column.label(f"sort_key_{n}") for n, part in enumerate(self.parts)]

    def keys_of(self, row: Any) -> list[Any]:
        """The values of a row, by name, that its place in the list depends on."""
        return [row[f"sort_key_{n}"] for n in range(len(self.parts))]


def after(statement: Select[Any], sort: Sort, cursor: str | None) -> Select[Any]:
    """`statement` in the order of `sort`, from behind the row of `cursor` on."""
    number = sort.id
    for holder in {part.holder for part in sort.parts} - {None}:
        statement = statement.outerjoin(holder, holder.record_id == number)
    way = [_way(part) for part in sort.parts]
    way.append(number.desc() if sort.is_descending else number.asc())
    ordered = statement.order_by(*way)
    place = read_cursor(sort, cursor)
    return ordered if place is None else ordered.where(_behind(sort, place))


def _way(part: Sort) -> Any:
    # PostgreSQL reads an index for NULLS LAST only upward, so it is said only where
    # a value can be empty.
    way = part.column.desc() if part.is_descending else part.column.asc()
    return way.nulls_last() if _can_be_empty(part.column) else way


@dataclass(frozen=True, slots=True)
class Place:
    """The row that a cursor stands behind: its sort values and its id."""

    values: tuple[Any, ...]
    number: int

    @property
    def empty(self) -> tuple[bool, ...]:
        """Which values are empty; a statement depends on no more than that."""
        return tuple(value is None for value in self.values)

    @property
    def parameters(self) -> dict[str, Any]:
        """This place, for a statement built for another of the same empty values."""
        named = {f"{_PLACE}{n}": value for n, value in enumerate(self.values)}
        return {**named, _PLACE_ID: self.number}


def _behind(sort: Sort, place: Place) -> ColumnElement[bool]:
    last = bindparam(_PLACE_ID, place.number, sort.id.type)
    behind: ColumnElement[bool] = (
        sort.id < last if sort.is_descending else sort.id > last
    )
    values = list(enumerate(zip(sort.parts, place.values, strict=True)))
    for n, (part, value) in reversed(values):
        shown = bindparam(f"{_PLACE}{n}", value, part.column.type)
        behind = _behind_value(part, None if value is None else shown, behind)
    return behind


def _behind_value(
    part: Sort, value: BindParameter[Any] | None, further: ColumnElement[bool]
) -> ColumnElement[bool]:
    """What comes after `value`, or has it too and is `further` on."""
    column = part.column
    if value is None:
        empty: ColumnElement[bool] = and_(column.is_(None), further)
        return empty
    # Neither says `column = value`: the first comparison is one that an index reads.
    if part.is_descending:
        beyond = and_(column <= value, or_(column < value, further))
    else:
        beyond = and_(column >= value, or_(column > value, further))
    return or_(beyond, column.is_(None)) if _can_be_empty(column) else beyond


def _can_be_empty(column: Any) -> bool:
    return bool(getattr(getattr(column, "expression", column), "nullable", True))


def cursor_of(sort: Sort, values: Sequence[Any], number: int) -> str:
    """The cursor of a row by its sort values and its id."""
    text = orjson.dumps([sort.text, list(values), number], default=str)
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def read_cursor(sort: Sort, cursor: str | None) -> Place | None:
    """The place of a cursor, if there is one; CursorError for one of another list."""
    if not cursor:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        text, values, number = orjson.loads(base64.urlsafe_b64decode(padded))
        if text != sort.text or type(number) is not int or number > LARGEST_ID:
            raise CursorError
        pairs = zip(sort.parts, values, strict=True)
        return Place(tuple(_checked(_typed(*pair)) for pair in pairs), number)
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
