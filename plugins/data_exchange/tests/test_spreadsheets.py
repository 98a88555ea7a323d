from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from crmkit_data_exchange.sources import open_source, read_source
from crmkit_data_exchange.spreadsheets import LONGEST_CELL, write_workbook


def read(rows: list[list[object]], columns: list[str]) -> list[list[str]]:
    data = b"".join(write_workbook(rows, columns))  # type: ignore[arg-type]  # any cell
    return [row.cells for row in read_source(open_source(data)).rows()]


def test_what_is_written_is_read_again() -> None:
    moment = datetime(2026, 11, 24, 9, 30, 5, tzinfo=UTC)
    row = ["'=A1", "=1+1", 7, Decimal("-12.3450"), True, date(2026, 2, 1), moment]
    old = ["007", "a\nb", 10**17, None, False, date(1850, 1, 1), None]
    assert read([row, old], list("abcdefg")) == [
        ["'=A1", "=1+1", "7", "-12.345", "true", "2026-02-01", "2026-11-24T09:30:05"],
        ["007", "a\nb", str(10**17), "", "false", "1850-01-01", ""],
    ]


def test_names_stand_side_by_side_and_an_endless_text_is_cut() -> None:
    (row,) = read([[["x", "y"], "z" * 40_000]], ["tags", "note"])
    assert row[0] == "x, y"
    assert len(row[1]) == LONGEST_CELL
    assert row[1].endswith("z…")
