"""What came of an import: reasons grouped, and the rows that were left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from crmkit_data_exchange.imports import mapping_of, table_of
from crmkit_data_exchange.previewing import Group, Grouping
from crmkit_data_exchange.problems import Problem
from crmkit_data_exchange.tables import Import, ImportRow, Outcome
from crmkit_data_exchange.writing import write_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from crmkit.core import UnitOfWork

LEFT_OUT = (Outcome.SKIPPED, Outcome.FAILED)


def list_left_out(
    uow: UnitOfWork, import_: Import, limit: int | None = None
) -> list[ImportRow]:
    """The rows that made or changed no record, in the order of the file."""
    query = (
        select(ImportRow)
        .where(ImportRow.import_id == import_.id, ImportRow.outcome.in_(LEFT_OUT))
        .order_by(ImportRow.row_index)
        .limit(limit)
    )
    return list(uow.session.scalars(query))


def problems_of(row: ImportRow) -> list[Problem]:
    """Why the row was left out."""
    return [Problem.unpack(packed) for packed in row.reasons]


def group_reasons(uow: UnitOfWork, import_: Import) -> list[Group]:
    """The reasons of all rows that were left out, the most frequent first."""
    grouping = Grouping()
    for row in list_left_out(uow, import_):
        grouping.add(row.outcome, row.line, problems_of(row))
    return grouping.sorted()


def write_left_out(
    uow: UnitOfWork,
    import_: Import,
    translate: Callable[[str], str],
    heads: Sequence[str],
) -> Iterator[bytes]:
    """The rows that were left out as CSV, to be mended and imported again.

    `heads` name the two columns put behind those of the file: line and reason.
    """
    left_out = {row.row_index: row for row in list_left_out(uow, import_)}
    table = table_of(uow, import_)

    def list_rows() -> Iterator[list[str]]:
        for row in table.rows():
            known = left_out.get(row.index)
            if known is not None:
                why = " ".join(p.text(translate) for p in problems_of(known))
                yield [*row.cells, str(row.line), why]

    yield from write_csv(list_rows(), [*table.columns, *heads], with_mark=True)


def name_left_out(import_: Import) -> str:
    """A file name for the rows that were left out."""
    stem = import_.file_name.rpartition(".")[0] or import_.file_name
    return f"{stem}-refused.csv"


def describe_import(import_: Import) -> dict[str, object]:
    """An import as scripts get it."""
    return {
        "id": import_.id,
        "entity": import_.entity,
        "file_name": import_.file_name,
        "state": import_.state.value,
        "total": import_.total,
        "done_rows": import_.done_rows,
        "created": import_.created,
        "updated": import_.updated,
        "skipped": import_.skipped,
        "failed": import_.failed,
        "unmatched": [
            {"lookup": lookup, "value": value, "rows": rows}
            for lookup, value, rows in import_.unmatched
        ],
        "change_id": import_.change_id,
        "job_id": import_.job_id,
        "undone": import_.undone,
        "created_at": import_.created_at,
        "finished_at": import_.finished_at,
        "mapping": mapping_of(import_).model_dump(mode="json", exclude_defaults=True),
    }


def list_errors(
    uow: UnitOfWork,
    import_: Import,
    translate: Callable[[str], str],
    limit: int | None = None,
) -> list[dict[str, object]]:
    """Each row that was left out: its line, what became of it, and why."""
    return [
        {
            "line": row.line,
            "outcome": row.outcome.value,
            "message": " ".join(p.text(translate) for p in problems_of(row)),
        }
        for row in list_left_out(uow, import_, limit)
    ]
