"""Second files, in which a value of the first is looked up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmkit_data_exchange.errors import UnknownColumnError
from crmkit_data_exchange.names import fold_name
from crmkit_data_exchange.sources import open_source, read_source

if TYPE_CHECKING:
    from crmkit_data_exchange.mapping import Lookup


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A value that a lookup does not know, and how many rows hold it."""

    lookup: str
    value: str
    rows: int


@dataclass(frozen=True, slots=True)
class LookupTable:
    """The rows of a second file by their folded key."""

    file: str
    columns: tuple[str, ...]
    by_key: dict[str, list[str]]

    def find_column(self, name: str) -> int:
        """The place of the column `name`.

        Raises:
            UnknownColumnError: the file has none of that name.
        """
        if name not in self.columns:
            raise UnknownColumnError(name, self.file)
        return self.columns.index(name)


def read_lookup(lookup: Lookup, data: bytes) -> LookupTable:
    """The second file `data` made ready; of equal keys the first counts.

    Raises:
        UnreadableFileError: the file is no table.
        UnknownColumnError: it has no column of the key's name.
    """
    table = read_source(open_source(data, lookup.dialect.sheet), lookup.dialect)
    empty = LookupTable(lookup.file, table.columns, {})
    place = empty.find_column(lookup.key)
    for row in table.rows():
        if key := fold_name(row.cells[place]):
            empty.by_key.setdefault(key, row.cells)
    return empty


def first_column(data: bytes) -> str:
    """The name of the first column of a second file.

    Raises:
        UnreadableFileError: the file is no table.
    """
    return list_columns(data)[0]


def list_columns(data: bytes) -> tuple[str, ...]:
    """The columns of a second file.

    Raises:
        UnreadableFileError: the file is no table.
    """
    return read_source(open_source(data)).columns
