"""Any file that is read, made a text of rows once; from there on all are alike."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from crmkit_data_exchange.cards import read_cards
from crmkit_data_exchange.csv_tables import (
    LARGEST_TEXT_MB,
    MOST_COLUMNS,
    Table,
    read_table,
)
from crmkit_data_exchange.errors import (
    EmptyFileError,
    FileTooLargeError,
    NoCardsError,
    UnreadableFileError,
)
from crmkit_data_exchange.file_kinds import Kind, find_text_kind, is_workbook
from crmkit_data_exchange.json_records import read_objects
from crmkit_data_exchange.text_encodings import find_encoding
from crmkit_data_exchange.workbooks import read_sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from crmkit_data_exchange.mapping import DialectOverrides

LARGEST_FILE_MB = 50

_MEGABYTE = 1_000_000
_SAMPLE = 65_536
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """A file as its import keeps it: CSV, and what it was before.

    `sheet` is the one that `text` holds out of the `sheets` of a workbook.
    """

    kind: Kind
    text: bytes
    sheet: str | None = None
    sheets: tuple[str, ...] = ()


def open_source(data: bytes, sheet: str | None = None) -> Source:
    """The file `data`: CSV as it is, everything else as CSV in UTF-8.

    Raises:
        UnreadableFileError: one of its subclasses, with a sentence for the user.
    """
    if len(data) > LARGEST_FILE_MB * _MEGABYTE:
        raise FileTooLargeError(LARGEST_FILE_MB)
    if is_workbook(data):
        found = read_sheet(data, sheet, LARGEST_TEXT_MB * _MEGABYTE)
        return Source(Kind.WORKBOOK, found.text, found.name, found.names)
    kind = find_text_kind(_peek(data))
    if kind is Kind.CSV:
        return Source(kind, data)
    _, text = find_encoding(data)
    columns, rows = (
        read_cards(text) if kind is Kind.CARDS else read_objects(text, MOST_COLUMNS)
    )
    if not columns:
        raise NoCardsError
    return Source(kind, b"".join(_write(columns, rows)))


def _peek(data: bytes) -> str:
    """The beginning as text, to see what it is; a letter may be cut in two."""
    if not data:
        raise EmptyFileError
    start = data[:_SAMPLE]
    try:
        return find_encoding(start)[1]
    except UnreadableFileError:
        return start.decode("latin-1")


def read_source(source: Source, dialect: DialectOverrides | None = None) -> Table:
    """The columns and rows of a source.

    Encoding and delimiter of a dialect are those of CSV files; others have none.

    Raises:
        UnreadableFileError: one of its subclasses, with a sentence for the user.
    """
    header_row = dialect.header_row if dialect else None
    if source.kind is not Kind.CSV:
        # Cards and objects name their columns; a sheet may have titles above.
        if source.kind is not Kind.WORKBOOK:
            header_row = 1
        return read_table(source.text, header_row=header_row, is_converted=True)
    return read_table(
        source.text,
        encoding=dialect.encoding if dialect else None,
        delimiter=dialect.delimiter if dialect else None,
        header_row=header_row,
    )


def _write(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    size = 0
    buffer = StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    for row in rows:
        writer.writerow(row)
        if buffer.tell() > _CHUNK:
            part = buffer.getvalue().encode("utf-8", "replace")
            size += len(part)
            if size > LARGEST_TEXT_MB * _MEGABYTE:
                raise FileTooLargeError(LARGEST_TEXT_MB)
            yield part
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode("utf-8", "replace")
