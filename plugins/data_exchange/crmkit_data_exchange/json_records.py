"""JSON Lines, and JSON lists of objects, as a table with one row for each object."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NoReturn

from crmkit_data_exchange.errors import (
    BrokenJsonError,
    NoRecordsError,
    TooManyColumnsError,
)
from crmkit_data_exchange.writing import join_names

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLANKS = re.compile(r"[\s\ufeff]*")
# The parts of a record that the API nests, and an import fills by themselves.
_OPENED = frozenset({"address", "custom"})


def read_objects(text: str, most_columns: int) -> tuple[list[str], Iterator[list[str]]]:
    """The names that the objects use, in the order of their first use, and the rows.

    Objects inside are columns of their own, `owner.name`; lists of plain values are
    parted by commas; everything else stays JSON.

    Raises:
        UnreadableFileError: it is no JSON, or holds no list of objects.
    """
    columns: dict[str, None] = {}
    for record in _list_records(text):
        columns |= dict.fromkeys(record)
        if len(columns) > most_columns:
            raise TooManyColumnsError(len(columns), most_columns)
    names = list(columns)
    if not names:
        raise NoRecordsError
    rows = ([cells.get(name, "") for name in names] for cells in _list_records(text))
    return names, rows


def _list_records(text: str) -> Iterator[dict[str, str]]:
    for value in _list_values(text):
        if not isinstance(value, dict):
            raise NoRecordsError
        if any(map(_is_list_of_objects, value.values())):
            raise NoRecordsError  # several tables in one
        try:
            yield dict(_flatten(value))
        except RecursionError:
            raise BrokenJsonError(1) from None


def _list_values(text: str) -> Iterator[object]:
    """The values of a list, or those that stand one behind the other; one at a time."""
    decoder = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=_refuse)
    place, end = _skip(text, 0), len(text)
    is_list = text[place : place + 1] == "["
    place = _skip(text, place + is_list)
    while place < end and text[place] != "]":
        try:
            value, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            raise BrokenJsonError(text.count("\n", 0, place) + 1) from None
        yield value
        place = _skip(text, place)
        if is_list and text[place : place + 1] == ",":
            place = _skip(text, place + 1)


def _skip(text: str, place: int) -> int:
    found = _BLANKS.match(text, place)
    return found.end() if found else place


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def _is_list_of_objects(value: object) -> bool:
    return isinstance(value, list) and len(value) > 1 and isinstance(value[0], dict)


def _flatten(record: dict[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in record.items():
        if isinstance(value, dict) and value:
            prefix = "" if name in _OPENED else f"{name}."
            yield from ((f"{prefix}{key}", _write(cell)) for key, cell in value.items())
        else:
            yield name, _write(value)


def _write(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):  # numbers too, as they were written
        return value
    if isinstance(value, list) and all(isinstance(one, str | bool) for one in value):
        return join_names(map(_write, value))
    return json.dumps(value, ensure_ascii=False)
