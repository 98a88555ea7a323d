"""Records as CSV that no spreadsheet runs, and as JSON Lines."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO

from crmkit_data_exchange.formula_safety import arm

Cell = str | int | Decimal | bool | date | datetime | Sequence[str] | None

CHUNK = 65_536
_PARTING = re.compile(r"[,;|\n]|^\"")


def write_csv(
    rows: Iterable[Sequence[Cell]], columns: Sequence[str], *, with_mark: bool = False
) -> Iterator[bytes]:
    """The rows below a header as chunks of UTF-8, `with_mark` for Excel's sake.

    Every text stands in quotation marks: so a reader finds the delimiter whatever the
    texts hold. Those that a spreadsheet would run get an apostrophe in front, which
    `read_table` takes off again. Numbers stay numbers, negative ones too; dates are
    ISO, yes and no are words, tags are parted by commas.
    """
    buffer = StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC)
    if with_mark:
        buffer.write("\ufeff")
    writer.writerow(map(arm, columns))
    for row in rows:
        writer.writerow(map(format_cell, row))
        if buffer.tell() > CHUNK:
            yield _take(buffer)
    yield _take(buffer)


def write_jsonl(
    rows: Iterable[Sequence[Cell]], columns: Sequence[str]
) -> Iterator[bytes]:
    """One JSON object a row, in chunks of UTF-8; amounts are strings, dates are ISO."""
    buffer = StringIO(newline="")
    for row in rows:
        record = dict(zip(columns, map(_make_plain, row), strict=True))
        buffer.write(json.dumps(record, ensure_ascii=False))
        buffer.write("\n")
        if buffer.tell() > CHUNK:
            yield _take(buffer)
    if buffer.tell():
        yield _take(buffer)


def format_cell(cell: Cell) -> str | int | Decimal:
    """`cell` as it stands in a CSV file: a number, or a text that is safe."""
    if isinstance(cell, str):
        return arm(cell)
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int | Decimal):
        return cell
    if isinstance(cell, date):
        return _write_date(cell)
    return arm(join_names(cell))


def join_names(names: Iterable[str]) -> str:
    """Several names in one cell, as an import parts them again."""
    return ", ".join(map(_quote, names))


def _quote(name: str) -> str:
    if not _PARTING.search(name):
        return name
    return '"' + name.replace('"', '""') + '"'


def _make_plain(cell: Cell) -> str | int | bool | list[str] | None:
    if cell is None or isinstance(cell, str | int):
        return cell
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return _write_date(cell) if isinstance(cell, date) else list(cell)


def _write_date(day: date | datetime) -> str:
    if isinstance(day, datetime):
        return day.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return day.isoformat()


def _take(buffer: StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def make_rows(
    records: Iterable[Mapping[str, Cell]], columns: Sequence[str]
) -> Iterator[list[Cell]]:
    """The values of each record in the order of `columns`, None where it has none."""
    for record in records:
        yield [record.get(column) for column in columns]
