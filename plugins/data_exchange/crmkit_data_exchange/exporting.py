"""Leads and contacts as CSV, as a workbook or as JSON Lines, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from crmkit.core import (
    Contact,
    Lead,
    ListQuery,
    criterion_of,
    fields_of,
    find_field,
    list_contacts,
    list_leads,
    read_fields,
)
from crmkit_data_exchange.spreadsheets import write_workbook
from crmkit_data_exchange.writing import make_rows, write_csv, write_jsonl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit.core import UnitOfWork

Format = Literal["csv", "xlsx", "jsonl"]
MEDIA_TYPES: dict[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/x-ndjson; charset=utf-8",
}
_PAGE = 500
_IDS = {"lead": Lead.id, "contact": Contact.id}
_FINDERS = {"lead": list_leads, "contact": list_contacts}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is exported: of which entity, found how, in which form.

    With `sort` it is what the list shows in that order, so without what is archived;
    without, everything by its number. `columns` are fields, all of them if empty.
    """

    entity: str
    format: Format
    filter: str = ""
    words: str = ""
    sort: str = ""
    columns: tuple[str, ...] = ()


def check_asked(uow: UnitOfWork, asked: Asked) -> None:
    """Raise what the export would, before the first byte is sent."""
    for name in asked.columns or list_exported(uow, asked.entity):
        find_field(uow, asked.entity, name)
    criterion_of(uow, asked.entity, asked.filter, asked.words)
    if asked.sort:
        _FINDERS[asked.entity](uow, ListQuery(sort=asked.sort, limit=1))


def list_exported(uow: UnitOfWork, entity: str) -> list[str]:
    """The names of the fields in an export: those an import reads, then the others."""
    # What is only a condition of filters has no value to show.
    fields = [f for f in fields_of(uow, entity).values() if f.column is not None]
    first = [field.name for field in fields if field.is_importable]
    return ["id", *first, *(f.name for f in fields if f.name not in {"id", *first})]


def write_export(uow: UnitOfWork, asked: Asked) -> Iterator[bytes]:
    """What the actor may see of a filter, in chunks; the unit has to stay open.

    Its columns bear the names of fields, so an import knows them again.
    """
    columns = list(asked.columns) or list_exported(uow, asked.entity)
    query = ListQuery(asked.filter, asked.words)
    records = (
        _read_in_order(uow, asked.entity, columns, replace(query, sort=asked.sort))
        if asked.sort
        else read_fields(uow, asked.entity, columns, query)
    )
    rows = make_rows(records, columns)
    if asked.format == "csv":
        return write_csv(rows, columns, with_mark=True)
    if asked.format == "xlsx":
        return write_workbook(rows, columns)
    return write_jsonl(rows, columns)


def _read_in_order(
    uow: UnitOfWork, entity: str, columns: list[str], query: ListQuery
) -> Iterator[dict[str, Any]]:
    """The records of a list, page by page, as values by field name."""
    query = replace(query, limit=_PAGE)
    while True:
        page = _FINDERS[entity](uow, query)
        ids = [row.id for row in page.rows]
        these = ListQuery(narrowed=_IDS[entity].in_(ids))
        found = read_fields(uow, entity, list(dict.fromkeys(["id", *columns])), these)
        by_id = {values["id"]: values for values in found}
        yield from (by_id[record_id] for record_id in ids)
        if page.next_cursor is None:
            return
        query = replace(query, cursor=page.next_cursor)
