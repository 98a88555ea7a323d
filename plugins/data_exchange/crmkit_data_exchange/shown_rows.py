"""The first rows of a preview as a table of texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from crmkit_data_exchange.imports import list_importable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmkit.core import UnitOfWork
    from crmkit_data_exchange.placed_rows import Placed
    from crmkit_data_exchange.typed_values import Value


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row: its line, what becomes of it, why not, and its values."""

    line: int
    outcome: str
    reason: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownTable:
    """Labels of the fields that are filled in any row, `is_number` of each, rows."""

    labels: tuple[tuple[str, bool], ...]
    rows: tuple[ShownRow, ...]


def show_rows(
    uow: UnitOfWork,
    rows: Sequence[Placed],
    entity: str,
    translate: Callable[[str], str],
) -> ShownTable:
    """The rows with those fields that hold something in one of them."""
    filled = {
        name
        for item in rows
        for name, value in item.row.converted.values.items()
        if value not in (None, [])
    }
    fields = [field for field in list_importable(uow, entity) if field.name in filled]
    numbers = {"money", "whole", "percent"}
    return ShownTable(
        tuple((translate(f.label), str(f.type) in numbers) for f in fields),
        tuple(
            ShownRow(
                item.row.line,
                item.outcome.value,
                " ".join(problem.text(translate) for problem in item.problems),
                tuple(
                    _show(item.row.converted.values.get(field.name)) for field in fields
                ),
            )
            for item in rows
        ),
    )


def _show(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, list):
        return ", ".join(value)
    return str(value)
