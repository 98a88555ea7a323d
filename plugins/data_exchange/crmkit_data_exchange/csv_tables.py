"""Any file that people call CSV, read as columns and rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from io import BytesIO, TextIOWrapper
from itertools import islice
from typing import TYPE_CHECKING

from crmkit_data_exchange.dialects import (
    Dialect,
    Record,
    find_dialect_marks,
    find_header,
    read_records,
    sample_records,
)
from crmkit_data_exchange.errors import (
    EmptyFileError,
    FileTooLargeError,
    NoHeaderRowError,
    NoRowsError,
    TooManyColumnsError,
)
from crmkit_data_exchange.formula_safety import disarm, is_armed
from crmkit_data_exchange.text_encodings import find_encoding

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_TEXT_MB = 200
MOST_COLUMNS = 200

_SAMPLE = 262_144
_BLANKS = re.compile(r"[\x00-\x1f\x7f\s\ufeff]+")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `index` from 0 below the header, `line` in the file from 1.

    `cells` has as many as the table has columns; `extra` are those that came behind.
    """

    index: int
    line: int
    cells: list[str]
    extra: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """The columns of a file and its rows, read anew from its bytes each time."""

    columns: tuple[str, ...]
    dialect: Dialect
    row_count: int
    data: bytes
    is_armed: bool

    def rows(self, start: int = 0) -> Iterator[Row]:
        """The rows from index `start` on, those without any value left out."""
        width = len(self.columns)
        records = _read_below(self.data, self.dialect)
        for index, record in enumerate(islice(records, start, None), start):
            cells = record.cells
            if self.is_armed:
                cells = [disarm(cell) for cell in cells]
            extra: tuple[str, ...] = ()
            if len(cells) < width:
                cells = cells + [""] * (width - len(cells))
            elif len(cells) > width:
                extra = tuple(cell for cell in cells[width:] if cell.strip())
                cells = cells[:width]
            yield Row(index, record.line, cells, extra)


def read_table(
    data: bytes,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    header_row: int | None = None,
    is_converted: bool = False,
) -> Table:
    """The table that `data` holds; what is not given is found out.

    `header_row` is a line of the file from 1, or 0 if it has no header. What
    `is_converted` was another kind of file: it is CSV in UTF-8 with commas, its rows
    are counted instead of its lines, and nothing in it was disarmed.

    Raises:
        UnreadableFileError: one of its subclasses, with a sentence for the user.
    """
    if len(data) > LARGEST_TEXT_MB * 1_000_000:
        raise FileTooLargeError(LARGEST_TEXT_MB)
    draft = (
        Dialect("utf-8", ",", 0, is_converted=True)
        if is_converted
        else _find_dialect(data, encoding, delimiter)
    )
    head = sample_records(_open(data, draft.encoding), draft)
    if not head:
        head = list(islice(_read_below(data, draft), 1))  # raises what is wrong
    if not head:
        raise EmptyFileError
    return _build_table(data, replace(draft, header_row=find_header(head, header_row)))


def _find_dialect(data: bytes, encoding: str | None, delimiter: str | None) -> Dialect:
    encoding, text = find_encoding(data, encoding)
    if not text.strip("\ufeff\x00 \t\r\n"):
        raise EmptyFileError
    delimiter, skips_blanks = find_dialect_marks(_cut_sample(text), delimiter)
    return Dialect(encoding, delimiter, 0, skips_blanks)


def _cut_sample(text: str) -> str:
    """The first lines of `text`, whole ones, with line ends made one."""
    sample = text[:_SAMPLE]
    if len(text) > _SAMPLE:
        end = max(sample.rfind("\n"), sample.rfind("\r"))
        sample = sample[: end + 1] or sample
    return sample.replace("\r\n", "\n").replace("\r", "\n")


def _open(data: bytes, encoding: str) -> TextIOWrapper:
    return TextIOWrapper(BytesIO(data), encoding=encoding, newline="")


def _read_below(data: bytes, dialect: Dialect) -> Iterator[Record]:
    """The records below the header."""
    records = read_records(_open(data, dialect.encoding), dialect)
    return (record for record in records if record.line > dialect.header_row)


def _build_table(data: bytes, dialect: Dialect) -> Table:
    header = _read_header(data, dialect)
    count, widest = 0, 0
    can_be_armed = not dialect.is_converted
    armed = can_be_armed and any(map(is_armed, header))
    named = _count_named(header)
    # One pass over the whole file: its faults are told before anything is imported.
    for record in _read_below(data, dialect):
        count += 1
        cells = record.cells
        if len(cells) > named and widest < len(header):
            widest = max(widest, _count_named(cells))
        if can_be_armed and not armed and "'" in "".join(cells):
            armed = any(map(is_armed, cells))
    if not count:
        raise NoRowsError
    if not dialect.header_row:
        header = [""] * widest
    elif widest < len(header):
        header = header[: max(named, widest)]
    if len(header) > MOST_COLUMNS:
        raise TooManyColumnsError(len(header), MOST_COLUMNS)
    names = [disarm(cell) for cell in header] if armed else header
    return Table(tuple(_name_columns(names)), dialect, count, data, armed)


def _read_header(data: bytes, dialect: Dialect) -> list[str]:
    if not dialect.header_row:
        return [""] * (MOST_COLUMNS + 1)
    above = replace(dialect, header_row=dialect.header_row - 1)
    header = next(_read_below(data, above), None)
    if header is None:
        raise NoHeaderRowError(dialect.header_row)
    return header.cells


def _count_named(cells: list[str]) -> int:
    """The number of cells up to the last one that is not blank."""
    for place in range(len(cells), 0, -1):
        if cells[place - 1].strip():
            return place
    return 0


def _name_columns(header: list[str]) -> Iterator[str]:
    """Each cell of the header as a name that occurs once."""
    plain = [_BLANKS.sub(" ", cell).strip() for cell in header]
    given: set[str] = set()
    for place, name in enumerate(plain, 1):
        base = free = name or f"Column {place}"
        turn = 1
        while free in given or (free != name and free in plain):
            turn += 1
            free = f"{base} ({turn})"
        given.add(free)
        yield free
