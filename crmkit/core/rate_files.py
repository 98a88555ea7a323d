"""Files of exchange rates: one rate a row, or a column a currency as the ECB has it."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, DecimalException
from io import StringIO
from typing import TYPE_CHECKING

from typing_extensions import override

from crmkit.core.clock import FIRST_DAY, LAST_DAY
from crmkit.core.currencies import BaseCurrencyError, check_code
from crmkit.core.errors import CrmError, Translate, mark
from crmkit.core.rate_changes import NewRate, check_rate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = [
    "RateTable",
    "RowError",
    "read_rate_file",
]

LARGEST_FILE_MB = 10
_DELIMITERS = ";\t,|"
_DAY_HEADS = frozenset({"date", "day", "jour", "datum"})
_CODE_HEADS = frozenset({"currency", "code", "devise", "monnaie"})
_RATE_HEADS = frozenset({"rate", "taux", "cours"})
_CODE = re.compile(r"[A-Z]{3}")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_EMPTY = frozenset({"", "-", "N/A", "n/a"})
_EURO = "EUR"
_LONGEST_MONTH = 12
_COLUMNS = 3


class RateFileError(CrmError):
    """The file holds no rates that can be read; the sentence says why."""

    def __init__(self, sentence: str, /, **parts: object) -> None:
        super().__init__(sentence, field="file", **parts)


class RowValueError(CrmError):
    """A cell of a row is not what it has to be."""


class RowError(CrmError):
    """What is wrong with one line of the file."""

    def __init__(self, line: int, reason: CrmError) -> None:
        super().__init__(
            mark("Line {line}: {reason}"),
            field=f"line {line}",
            line=line,
            reason=reason,
        )
        self.line = line
        self.reason = reason

    @override
    def text(self, translate: Translate) -> str:
        """The sentence, with the reason in the same language."""
        reason = self.reason.text(translate)
        return translate(self.sentence).format(line=self.line, reason=reason)


@dataclass(slots=True)
class RateTable:
    """The rates of a file, and what is wrong with it, a line each."""

    rates: dict[tuple[str, date], NewRate] = field(default_factory=dict)
    problems: list[RowError] = field(default_factory=list)

    @property
    def currencies(self) -> list[str]:
        """The codes of its currencies."""
        return sorted({code for code, _ in self.rates})

    def add(self, rate: NewRate) -> None:
        """Take a rate in; one day has one rate."""
        known = self.rates.setdefault((rate.currency, rate.day), rate)
        if known.rate != rate.rate:
            raise RowValueError(
                mark("{currency} has another rate for {day} further up."),
                currency=rate.currency,
                day=rate.day,
            )


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a file by line number, and which number of 1/2/2026 is the day."""

    head: list[str]
    rows: list[tuple[int, list[str]]]
    day_place: int | None


def read_rate_file(content: bytes, base: str) -> RateTable:
    """The rates of a file in the base currency; what is wrong with it is in it.

    Rows of day, currency and rate say what one unit is worth in `base`. Where each
    currency has a column, as in the files of the European Central Bank, the numbers say
    what one euro is worth. Raises RateFileError where it is neither.
    """
    sheet = _read_sheet(content)
    if _is_wide(sheet.head):
        return _read_wide(sheet, base)
    return _read_long(sheet, base)


def _read_sheet(content: bytes) -> Sheet:
    if len(content) > LARGEST_FILE_MB * 1_000_000:
        raise RateFileError(
            mark("The file is larger than {mb} MB."), mb=LARGEST_FILE_MB
        )
    text = _decode(content)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = [
            (reader.line_num, [cell.strip() for cell in row])
            for row in reader
            if any(cell.strip() for cell in row)
        ]
    except csv.Error:
        rows = []
    if not rows or len(rows[0][1]) < 2:  # noqa: PLR2004  (a day and a rate at least)
        raise RateFileError(
            mark(
                "There are no rates in this file; its columns are day, currency, rate."
            )
        )
    return Sheet(rows[0][1], rows, _find_day_place(rows))


def _decode(content: bytes) -> str:
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _find_day_place(rows: Sequence[tuple[int, list[str]]]) -> int | None:
    """Where the day stands in 13/1/2026, from a row that leaves no doubt."""
    places = set()
    for _, row in rows:
        for found in _SLASHED.findall(" ".join(row)):
            places |= {n for n in (0, 1) if int(found[n]) > _LONGEST_MONTH}
    return places.pop() if len(places) == 1 else None


def _is_wide(head: Sequence[str]) -> bool:
    codes = [cell for cell in head[1:] if cell]
    return head[0].casefold() in _DAY_HEADS and all(map(_CODE.fullmatch, codes))


def _read_long(sheet: Sheet, base: str) -> RateTable:
    table = RateTable()
    heads = [cell.casefold() for cell in sheet.head]
    places = [
        next((place for place, head in enumerate(heads) if head in names), None)
        for names in (_DAY_HEADS, _CODE_HEADS, _RATE_HEADS)
    ]
    has_heads = None not in places
    columns = [n if place is None else place for n, place in enumerate(places)]
    for line, row in sheet.rows[1:] if has_heads else sheet.rows:
        try:
            if len(row) != len(sheet.head) or len(row) < _COLUMNS:
                _refuse_row(row, max(len(sheet.head), _COLUMNS))
            day, code, number = (row[place] for place in columns)
            rate = NewRate(
                check_code(code.upper()),
                _read_day(day, sheet.day_place),
                check_rate(_read_number(number)),
            )
            _add_unless_base(table, rate, base)
        except CrmError as error:
            table.problems.append(RowError(line, error))
    return table


def _refuse_row(row: Sequence[str], width: int) -> None:
    raise RowValueError(
        mark("There are {found} columns instead of {width}."),
        found=len(row),
        width=width,
    )


def _add_unless_base(table: RateTable, rate: NewRate, base: str) -> None:
    if rate.currency != base:
        table.add(rate)
    elif rate.rate != 1:
        raise BaseCurrencyError(base)


def _read_wide(sheet: Sheet, base: str) -> RateTable:
    codes = [(place, code) for place, code in enumerate(sheet.head) if place and code]
    if base != _EURO and base not in {code for _, code in codes}:
        raise RateFileError(
            mark("This file tells what a euro is worth, and has no column {base}."),
            base=base,
        )
    table = RateTable()
    for line, row in sheet.rows[1:]:
        try:
            for rate in _rates_of_row(row, codes, base, sheet.day_place):
                table.add(rate)
        except CrmError as error:
            table.problems.append(RowError(line, error))
    return table


def _rates_of_row(
    row: Sequence[str],
    codes: Sequence[tuple[int, str]],
    base: str,
    day_place: int | None,
) -> Iterator[NewRate]:
    """The rates of one day, of which the base currency's makes those of all others."""
    day = _read_day(row[0], day_place)
    cells = {
        check_code(code): row[place]
        for place, code in codes
        if place < len(row) and row[place] not in _EMPTY
    }
    worth = {code: check_rate(_read_number(cell)) for code, cell in cells.items()}
    worth[_EURO] = Decimal(1)
    # A day without the base currency says nothing of any.
    if base in worth:
        for code, number in worth.items():
            if code != base:
                yield NewRate(code, day, check_rate(worth[base] / number))


def _read_day(text: str, day_place: int | None) -> date:
    slashed = _SLASHED.fullmatch(text)
    if slashed and day_place is None:
        raise RowValueError(
            mark("“{text}” can be two days; write it like 2026-12-31."), text=text
        )
    formats = ["%Y-%m-%d", "%d.%m.%Y", "%d %B %Y", "%Y%m%d"]
    if slashed:
        formats = ["%d/%m/%Y" if day_place == 0 else "%m/%d/%Y"]
    for known in formats:
        try:
            day = datetime.strptime(text, known).date()  # noqa: DTZ007  (a day has no zone)
        except ValueError:
            continue
        if FIRST_DAY <= day <= LAST_DAY:
            return day
    raise RowValueError(
        mark("“{text}” is no day; write one like 2026-12-31."), text=text
    )


def _read_number(text: str) -> Decimal:
    """A number with decimal point or comma, and blanks or the other as thousands."""
    plain = re.sub(r"[\s'\u2019\u00a0\u202f]", "", text)
    if plain.rfind(",") > plain.rfind("."):
        plain = plain.replace(".", "").replace(",", ".")
    else:
        plain = plain.replace(",", "")
    try:
        return Decimal(plain)
    except DecimalException:
        raise RowValueError(mark("“{text}” is no number."), text=text) from None
