"""Leads and contacts as CSV or JSON Lines, a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from crmkit.core import ListQuery, fields_of, read_fields
from crmkit_data_exchange.writing import make_rows, write_csv, write_jsonl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit.core import UnitOfWork

Format = Literal["csv", "jsonl"]
MEDIA_TYPES: dict[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson; charset=utf-8",
}


def list_exported(uow: UnitOfWork, entity: str) -> list[str]:
    """The names of the fields in an export: those an import reads, then the others."""
    # What is only a condition of filters has no value to show.
    fields = [f for f in fields_of(uow, entity).values() if f.column is not None]
    first = [field.name for field in fields if field.is_importable]
    return ["id", *first, *(f.name for f in fields if f.name not in {"id", *first})]


def write_export(
    uow: UnitOfWork, entity: str, query: ListQuery, format_: Format
) -> Iterator[bytes]:
    """What the actor may see of a filter, in chunks; the unit has to stay open.

    Its columns bear the names of fields, so an import knows them again.
    """
    columns = list_exported(uow, entity)
    rows = make_rows(read_fields(uow, entity, columns, query), columns)
    if format_ == "csv":
        return write_csv(rows, columns, with_mark=True)
    return write_jsonl(rows, columns)
