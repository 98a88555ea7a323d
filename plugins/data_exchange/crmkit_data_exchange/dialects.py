"""How a file is written as a table: its delimiter and where its header stands."""

from __future__ import annotations

import csv
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from crmkit_data_exchange.errors import (
    CellTooLongError,
    NoHeaderRowError,
    OpenQuoteError,
    UnknownDelimiterError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DELIMITERS = (",", ";", "\t", "|")
LONGEST_CELL = 32_767

_SAMPLE_RECORDS = 200
_BLANK_BEFORE_QUOTE = re.compile(r'[,;\t|] +"(?!")')
_FULL = 0.6
_HIGH = 0.9
_DATA_CELL = re.compile(
    r"[-+(]?[\d.,'\u2019\s]*\d[\d.,'\u2019\s]*[%€$£)]?"
    r"|null|n/a|true|false"
    r"|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?"
    r"|[^@\s]+@[^@\s]+\.\w+",
    re.IGNORECASE,
)
_LONGEST_VALUE = 64
_YEAR = re.compile(r"(19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is read; `header_row` is a line from 1, or 0 for no header.

    What `is_converted` was made from a workbook, cards or JSON: its rows are counted.
    """

    encoding: str
    delimiter: str
    header_row: int
    skips_blanks: bool = False
    is_converted: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it stands: its first line, from 1, and its cells."""

    line: int
    cells: list[str]

    @property
    def filled(self) -> int:
        """How many cells hold more than blanks."""
        return sum(1 for cell in self.cells if cell.strip())


def read_records(lines: Iterable[str], dialect: Dialect) -> Iterator[Record]:
    """The records of `lines` that are not blank, in order.

    Raises:
        OpenQuoteError: the file ends inside a quoted cell.
        CellTooLongError: a cell has more than LONGEST_CELL characters.
    """
    source = _EndMarked(lines)
    reader = csv.reader(
        source,
        delimiter=dialect.delimiter,
        skipinitialspace=dialect.skips_blanks,
    )
    line = 1
    try:
        for number, cells in enumerate(reader, 2):
            if source.is_at_end:
                if cells:
                    raise OpenQuoteError(line)
                return
            if any(cells) and (len(cells) > 1 or cells[0].strip()):
                if max(map(len, cells)) > LONGEST_CELL:
                    raise CellTooLongError(line, LONGEST_CELL)
                yield Record(line, cells)
            line = number if dialect.is_converted else reader.line_num + 1
    except csv.Error:  # longer than the csv module's own limit
        raise CellTooLongError(line, LONGEST_CELL) from None


class _EndMarked:
    """Lines and an empty one more: a blank row, unless a quote is still open."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = lines
        self.is_at_end = False

    def __iter__(self) -> Iterator[str]:
        yield from self._lines
        self.is_at_end = True
        yield ""


def find_dialect_marks(text: str, delimiter: str | None) -> tuple[str, bool]:
    """The delimiter of `text`, and whether blanks follow it before quotation marks.

    Raises:
        UnknownDelimiterError: `delimiter` was asked for and is none of DELIMITERS.
    """
    skips_blanks = bool(_BLANK_BEFORE_QUOTE.search(text))
    if delimiter is not None:
        if delimiter not in DELIMITERS:
            raise UnknownDelimiterError(delimiter)
        return delimiter, skips_blanks
    lines = text.splitlines(keepends=True) if "\n" not in text else text.split("\n")
    scores = {
        mark: _rate_delimiter(lines, mark, skips_blanks=skips_blanks)
        for mark in DELIMITERS
    }
    return max(scores, key=lambda mark: scores[mark]), skips_blanks


def _rate_delimiter(lines: list[str], mark: str, *, skips_blanks: bool) -> float:
    """How well `mark` parts `lines` into equal rows: 0 if it parts nothing."""
    records = sample_records(lines, Dialect("", mark, 0, skips_blanks))
    widths = Counter(len(record.cells) for record in records if len(record.cells) > 1)
    if not widths:
        return 0.0
    width, count = widths.most_common(1)[0]
    first = next(record for record in records if len(record.cells) > 1)
    begins_there = 0.5 if len(first.cells) == width else 0.0
    strays = sum(cell.count('"') % 2 for record in records for cell in record.cells)
    return count / len(records) + begins_there + min(width, 20) / 100 - strays / 10


def sample_records(lines: Iterable[str], dialect: Dialect) -> list[Record]:
    """The first records of `lines`; a fault behind the first is left for later."""
    records: list[Record] = []
    found = read_records(lines, dialect)
    with suppress(OpenQuoteError, CellTooLongError):
        records.extend(islice(found, _SAMPLE_RECORDS))
    return records


def find_header(records: list[Record], asked: int | None) -> int:
    """The line of the header among the first `records`; 0 if there is none.

    Title lines and comments above it fill fewer cells than the rows do.

    Raises:
        NoHeaderRowError: the file ends before the line that was `asked` for.
    """
    if asked is not None:
        if asked and asked > records[-1].line:
            raise NoHeaderRowError(asked)
        return asked
    fills = sorted(record.filled for record in records)
    enough = _FULL * fills[int(_HIGH * (len(fills) - 1))]
    place = next(i for i, record in enumerate(records) if record.filled >= enough)
    if _is_comment(records[place]) and place + 1 < len(records):
        place += 1
    while _is_repetitive(records[place]) and place + 2 < len(records):
        if records[place + 1].filled < enough or _is_data(records[place + 1]):
            break
        place += 1
    return 0 if _is_data(records[place]) else records[place].line


def _is_comment(record: Record) -> bool:
    return record.cells[0].lstrip().startswith("# ") and record.filled == 1


def _is_repetitive(record: Record) -> bool:
    names = [cell.strip() for cell in record.cells if cell.strip()]
    return len(set(names)) <= len(names) / 2


def _is_data(record: Record) -> bool:
    """Whether a cell is a number, a date or an address; years may head columns."""
    cells = [cell.strip() for cell in record.cells if cell.strip()]
    short = [cell for cell in cells if len(cell) <= _LONGEST_VALUE]
    values = [cell for cell in short if _DATA_CELL.fullmatch(cell)]
    return any(not _YEAR.fullmatch(cell) for cell in values) or (
        bool(values) and len(values) == len(cells) and len(set(values)) == 1
    )
