"""The process that reads a workbook: it may take all it is allowed, and then dies.

    python -m crmkit_data_exchange.workbook_process MEGABYTES SECONDS MOST [SHEET]

The workbook comes on standard input. The first line of the answer is JSON: `sheets`,
and `sheet` or `error`; the rest is the sheet as CSV, at most MOST bytes of it.
"""

from __future__ import annotations

import csv
import json
import resource
import sys
from datetime import date, datetime, time, timedelta
from io import BytesIO, StringIO
from typing import TYPE_CHECKING

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from python_calamine import CalamineSheet

Cell = int | float | str | bool | time | date | datetime | timedelta

LOCKED, BROKEN, TOO_LARGE, NO_SHEET = "locked", "broken", "too large", "no sheet"
_MEGABYTE = 1024 * 1024
_MOST_EXACT = 1e15  # a float holds every whole number below


def main(arguments: Sequence[str]) -> int:
    """Read, write, and be gone."""
    megabytes, seconds, most = map(int, arguments[:3])
    limit = megabytes * _MEGABYTE
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    head, table = _read(sys.stdin.buffer.read(), arguments[3:4], most)
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n")
    sys.stdout.buffer.write(table)
    return 0


def _read(
    data: bytes, asked: Sequence[str], most: int
) -> tuple[dict[str, object], bytes]:
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        names = _list_sheets(book)
        chosen = asked[0] if asked else _find_first(book, names)
        if chosen not in names:
            return {"sheets": names, "error": NO_SHEET}, b""
        table = _write(book.get_sheet_by_name(chosen), most)
    except PasswordError:
        return {"error": LOCKED}, b""
    except (CalamineError, OSError, ValueError):
        return {"error": BROKEN}, b""
    if table is None:
        return {"sheets": names, "error": TOO_LARGE}, b""
    return {"sheets": names, "sheet": chosen}, table


def _list_sheets(book: CalamineWorkbook) -> list[str]:
    """The sheets that people see."""
    return [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.visible is SheetVisibleEnum.Visible
        and sheet.typ is SheetTypeEnum.WorkSheet
    ]


def _find_first(book: CalamineWorkbook, names: Sequence[str]) -> str | None:
    """The first sheet with something below its header, else the first."""
    for name in names:
        if book.get_sheet_by_name(name).height > 1:
            return name
    return names[0] if names else None


def _write(sheet: CalamineSheet, most: int) -> bytes | None:
    """The sheet as CSV; None if it is longer than `most` bytes."""
    parts: list[bytes] = []
    size = 0
    buffer = StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    for row in _rows_of(sheet):
        writer.writerow(map(_write_cell, row))
        if buffer.tell() > _MEGABYTE:
            size += _take(buffer, parts)
            if size > most:
                return None
    size += _take(buffer, parts)
    return b"".join(parts) if size <= most else None


def _rows_of(sheet: CalamineSheet) -> Iterator[Sequence[Cell]]:
    """The rows from the first line on, blank ones above the others too."""
    for _ in range(sheet.start[0] if sheet.start else 0):
        yield ()
    yield from sheet.iter_rows()


def _take(buffer: StringIO, parts: list[bytes]) -> int:
    part = buffer.getvalue().encode("utf-8", "replace")
    parts.append(part)
    buffer.seek(0)
    buffer.truncate()
    return len(part)


def _write_cell(cell: Cell) -> str:
    """What a cell holds, as text that every setting of the mapping reads alike."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < _MOST_EXACT:
            return str(int(cell))
        return repr(cell)
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return str(cell)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
