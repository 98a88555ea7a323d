"""Records as a workbook of Excel, written row by row to a file that is then sent."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from crmkit_data_exchange.writing import CHUNK, join_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from crmkit_data_exchange.writing import Cell

LONGEST_CELL = 32_767
MOST_ROWS = 1_048_576
_MOST_DIGITS = 15  # Excel keeps no more of a number
_FIRST_DAY = (1900, 3, 1)  # before it Excel counts a day that never was
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


def write_workbook(
    rows: Iterable[Sequence[Cell]], columns: Sequence[str]
) -> Iterator[bytes]:
    """The rows below a header, on as many sheets as they need, in chunks.

    Memory stays flat: rows go to a file. Texts are texts, whatever they begin with;
    days, moments (in UTC) and numbers are what Excel calls so, as far as it can hold
    them; longer texts are cut.
    """
    # Seventeen megabytes, for those who ask for one.
    from xlsxwriter import Workbook  # noqa: PLC0415

    with TemporaryFile() as file:
        with Workbook(file, _OPTIONS) as book:
            sheets = _Sheets(book, columns)
            for row in rows:
                sheets.write(row)
        file.seek(0)
        while chunk := file.read(CHUNK):
            yield chunk


class _Sheets:
    """Writes rows, and begins another sheet where one is full."""

    def __init__(self, book: Workbook, columns: Sequence[str]) -> None:
        self._book = book
        self._columns = columns
        self._day: Format = book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment: Format = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._bold: Format = book.add_format({"bold": True})
        self._begin()

    def _begin(self) -> None:
        self._sheet: Worksheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        for place, name in enumerate(self._columns):
            self._sheet.write_string(0, place, name, self._bold)
        self._row = 1

    def write(self, row: Sequence[Cell]) -> None:
        """One row more."""
        if self._row == MOST_ROWS:
            self._begin()
        for place, cell in enumerate(row):
            if cell is not None:
                self._write_cell(place, cell)
        self._row += 1

    def _write_cell(self, place: int, cell: Cell) -> None:
        sheet, row = self._sheet, self._row
        if isinstance(cell, bool):
            sheet.write_boolean(row, place, cell)
        elif isinstance(cell, int | Decimal):
            self._write_number(place, cell)
        elif isinstance(cell, date):
            self._write_date(place, cell)
        else:
            text = cell if isinstance(cell, str) else join_names(cell or ())
            if len(text) > LONGEST_CELL:
                text = text[: LONGEST_CELL - 1] + "…"
            sheet.write_string(row, place, text)

    def _write_number(self, place: int, number: int | Decimal) -> None:
        exact = Decimal(number)
        if len(exact.as_tuple().digits) > _MOST_DIGITS:
            self._sheet.write_string(self._row, place, f"{exact:f}")
        else:
            self._sheet.write_number(self._row, place, number)

    def _write_date(self, place: int, day: date | datetime) -> None:
        form = self._day
        if isinstance(day, datetime):
            day, form = day.astimezone(UTC).replace(tzinfo=None), self._moment
        is_known = (day.year, day.month, day.day) >= _FIRST_DAY
        if is_known:
            self._sheet.write_datetime(self._row, place, day, form)
        else:
            self._sheet.write_string(self._row, place, day.isoformat())
