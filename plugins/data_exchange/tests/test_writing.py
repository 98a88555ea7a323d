from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit_data_exchange.converting import compile_mapping
from crmkit_data_exchange.csv_tables import read_table
from crmkit_data_exchange.fields import FieldDescription
from crmkit_data_exchange.formula_safety import arm, disarm
from crmkit_data_exchange.mapping import Mapping
from crmkit_data_exchange.writing import Cell, make_rows, write_csv, write_jsonl

Fields = Sequence[FieldDescription]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RUNNING = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "\uff1d")

# Many other control characters make a file that is no text, and is refused as such.
letters = st.characters(codec="utf-8", exclude_categories=["Cc"])
texts = st.text(letters | st.sampled_from("\t\r\n"), max_size=30)
marked = st.builds(
    str.__add__, st.sampled_from(["'", "''", "=", "-", "'=", " +"]), texts
)


def write(rows: list[list[Cell]], columns: list[str]) -> bytes:
    return b"".join(write_csv(rows, columns))


@given(texts | marked)
def test_no_text_runs_and_each_comes_back(text: str) -> None:
    armed = arm(text)
    assert not armed.lstrip(" ").startswith(RUNNING)
    assert disarm(armed) == text


@given(st.lists(st.tuples(texts | marked, texts | marked), min_size=1, max_size=8))
def test_what_was_written_is_read_again_without_being_told_how(
    pairs: list[tuple[str, str]],
) -> None:
    rows = [[str(number), *pair] for number, pair in enumerate(pairs)]
    data = b"".join(write_csv(rows, ["key", "=first", "second"]))
    table = read_table(data)
    assert table.columns == ("key", "=first", "second")
    assert [row.cells for row in table.rows()] == rows


records = st.fixed_dictionaries(
    {
        "name": st.from_regex(
            r"[='+@-]{0,2}[A-Za-zé;|]{1,9}( [a-z,]{1,9})?", fullmatch=True
        ),
        "expected_revenue": st.none() | st.decimals(-99_999, 99_999, places=4),
        "priority": st.none() | st.integers(0, 3),
        "expected_close": st.none() | st.dates(date(1000, 1, 1)),
        "created_at": st.none()
        | st.integers(-10_000_000_000, 250_000_000_000).map(
            lambda seconds: EPOCH + timedelta(seconds=seconds)
        ),
        "is_urgent": st.none() | st.booleans(),
        "tags": st.none()
        | st.lists(
            st.from_regex(r"[=a-z]{1,5}", fullmatch=True), min_size=1, unique=True
        ),
        "lost_note": st.none()
        | st.from_regex(r"[=-]?[a-z]{1,9}(\n[a-z\"]{1,9})?", fullmatch=True),
    }
)


@given(st.lists(records, min_size=1, max_size=5))
def test_an_export_imported_again_gives_the_same_values(
    wanted: list[dict[str, Cell]],
) -> None:
    columns = list(wanted[0])
    fields = [Plain(name, kind) for name, kind in TYPES.items()]
    table = read_table(b"".join(write_csv(make_rows(wanted, columns), columns)))
    mapping = Mapping.model_validate(
        {"entity": "lead", "columns": dict(zip(columns, columns, strict=True))}
    )
    compiled = compile_mapping(mapping, fields, table.columns)
    found = [compiled.convert(row) for row in table.rows()]
    assert [row.problems for row in found] == [()] * len(wanted)
    assert [row.values for row in found] == wanted


TYPES = {
    "name": "text",
    "expected_revenue": "money",
    "priority": "whole",
    "expected_close": "date",
    "created_at": "moment",
    "is_urgent": "yes_no",
    "tags": "tags",
    "lost_note": "long_text",
}


class Plain:
    is_required = False
    choices: tuple[str, ...] = ()

    def __init__(self, name: str, kind: str) -> None:
        self.name = self.label = name
        self.type = kind


def test_numbers_stay_numbers_and_texts_that_look_like_them_stay_texts() -> None:
    data = write([[Decimal("-5.50"), "-5.50", 3, "+49 30 1"]], ["a", "b", "c", "d"])
    assert data.splitlines()[1] == b'-5.50,"\'-5.50",3,"\'+49 30 1"'


def test_a_mark_for_excel_is_written_on_request_and_read_again() -> None:
    data = b"".join(write_csv([["é"]], ["name"], with_mark=True))
    assert data.startswith(b"\xef\xbb\xbf")
    assert read_table(data).columns == ("name",)


def test_many_rows_come_in_chunks() -> None:
    chunks = list(write_csv(([number, "x" * 90] for number in range(3000)), ["n", "x"]))
    assert len(chunks) > 2
    assert len(list(csv.reader(io.StringIO(b"".join(chunks).decode())))) == 3001


def test_json_lines_hold_one_object_a_row() -> None:
    rows: list[list[Cell]] = [
        ["=é", Decimal("1.50"), True, date(2024, 3, 5), ["a"], None],
        ["x", 2, False, datetime(2024, 3, 5, 9, tzinfo=UTC), [], None],
    ]
    columns = ["name", "sum", "ok", "day", "tags", "none"]
    lines = b"".join(write_jsonl(rows, columns)).decode().splitlines()
    assert json.loads(lines[0]) == {
        "name": "=é",
        "sum": "1.50",
        "ok": True,
        "day": "2024-03-05",
        "tags": ["a"],
        "none": None,
    }
    assert json.loads(lines[1])["day"] == "2024-03-05T09:00:00Z"


@pytest.mark.parametrize("columns", [["a"], ["a", "b"]])
def test_an_export_without_rows_is_a_header(columns: list[str]) -> None:
    assert write([], columns).count(b'"') == 2 * len(columns)
