"""The rows of an import's file, converted, from a row on."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from crmkit_data_exchange.converting import Converted, compile_mapping
from crmkit_data_exchange.imports import (
    list_importable,
    lookups_of,
    mapping_of,
    table_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit.core import UnitOfWork
    from crmkit_data_exchange.csv_tables import Table
    from crmkit_data_exchange.lookups import LookupTable
    from crmkit_data_exchange.mapping import Mapping
    from crmkit_data_exchange.tables import Import


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row of the file: its index, its line in the file, its values and problems."""

    index: int
    line: int
    converted: Converted


@dataclass(slots=True)
class RowReader:
    """Hands out rows in order; those that were looked at stay until they are taken."""

    entity: str
    mapping: Mapping
    rows: Iterator[ReadRow]
    ahead: deque[ReadRow] = field(default_factory=deque)

    def look(self, count: int) -> list[ReadRow]:
        """The next rows, at most `count`; none at the end of the file."""
        self.ahead.extend(islice(self.rows, max(0, count - len(self.ahead))))
        return list(islice(self.ahead, count))

    def go_to(self, index: int) -> None:
        """Leave out the rows before `index`."""
        while self.look(1) and self.ahead[0].index < index:
            self.ahead.popleft()


def open_reader(uow: UnitOfWork, import_: Import, start: int) -> RowReader:
    """A reader of the import's rows from index `start` on.

    Raises:
        MappingError: the mapping does not fit the file, or lacks a second file.
    """
    table, lookups = table_of(uow, import_), lookups_of(uow, import_)
    return make_reader(uow, mapping_of(import_), table, lookups, start)


def make_reader(
    uow: UnitOfWork,
    mapping: Mapping,
    table: Table,
    lookups: dict[str, LookupTable],
    start: int = 0,
) -> RowReader:
    """A reader of the table's rows from index `start` on.

    Raises:
        MappingError: the mapping does not fit the table.
    """
    fields = list_importable(uow, mapping.entity)
    compiled = compile_mapping(mapping, fields, table.columns, lookups)
    rows = (
        ReadRow(row.index, row.line, compiled.convert(row)) for row in table.rows(start)
    )
    return RowReader(mapping.entity, mapping, rows)
