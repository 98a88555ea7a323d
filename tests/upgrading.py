"""A row for each table of a database at whatever revision, as its columns ask.

`python -m tests.upgrading` fills the database that the settings name.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Column, MetaData, Table, func, insert, inspect, select
from sqlalchemy.exc import StatementError

from crmkit.app import open_crm
from crmkit.core import Base, Settings
from crmkit.core.declarations import answers_of
from crmkit.hooks import RegisterTables, register_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from crmkit.app import Crm

MOMENT = datetime(2026, 1, 5, 9, tzinfo=UTC)
_VALUES: dict[type, object] = {
    bool: False,
    int: 1,
    float: 1.0,
    Decimal: Decimal(1),
    datetime: MOMENT,
    date: MOMENT.date(),
    bytes: b"crmkit",
    dict: {},
    list: [],
}
# Words that only some texts may be.
_WORDS = {
    "entity": "lead",
    "currency": "EUR",
    "code": "EUR",
    "locale": "en",
    "email": "a@example.org",
}
# What the database gives, and what would hide a record from the pages.
_LEFT_OUT = {"id", "deleted_at", "archived_at", "disabled_at"}
# What a migration reads, as it was written then.
_WRITTEN: dict[tuple[str, str], object] = {
    ("data_exchange__import", "shape"): {"dialect": {}},
    ("event", "values"): {},
    ("scoring__config", "variables"): [],
    ("scoring__step", "deltas"): [],
}


def models_of(crm: Crm) -> dict[str, Table]:
    """The tables of the core and of every plugin, by name, as their classes say."""
    found = dict(Base.metadata.tables)
    for entry in crm.plugins.entries.values():
        context = RegisterTables(entry.id)
        for base in answers_of(crm.plugins, entry, register_tables, context):
            found |= base.metadata.tables
    return found


def fill(connection: Connection, models: dict[str, Table]) -> dict[str, int]:
    """Put a row into each table that has none; how many each has then, by name."""
    there = MetaData()
    there.reflect(connection)
    counts = {}
    for table in there.sorted_tables:
        if _is_inner(table.name):
            continue
        if not _count(connection, table):
            _add_row(connection, table, models.get(table.name))
        counts[table.name] = _count(connection, table)
    return counts


def counts_of(connection: Connection) -> dict[str, int]:
    """How many rows each table has, by name."""
    there = MetaData()
    names = set(inspect(connection).get_table_names())
    there.reflect(connection, only=sorted(n for n in names if not _is_inner(n)))
    return {table.name: _count(connection, table) for table in there.sorted_tables}


def _is_inner(name: str) -> bool:
    """Whether a table is no noun of anybody: versions, words, the queue's."""
    inner = ("ck_version__", "procrastinate_", "sqlite_")
    return name.startswith(inner) or "_words" in name


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _add_row(connection: Connection, table: Table, model: Table | None) -> None:
    """Add a full row, or where that is refused one of what has to be there."""
    # The classes know how a value is kept; what they do not know is as it is found.
    known = table.c if model is None else model.c
    columns = [Column(c.name, known.get(c.name, c).type) for c in table.c]
    target = Table(table.name, MetaData(), *columns)
    full = dict(_values(connection, table, target))
    needed = {name: one for name, one in full.items() if not table.c[name].nullable}
    for values in (full, needed):
        try:
            with connection.begin_nested():
                connection.execute(insert(target).values(values))
        except StatementError:
            continue
        return


def _values(
    connection: Connection, table: Table, target: Table
) -> Iterator[tuple[str, object]]:
    for column in table.columns:
        if column.name in _LEFT_OUT:
            continue
        if column.foreign_keys:
            (key, *_) = column.foreign_keys
            found = connection.scalar(select(key.column).limit(1))
            if found is not None and key.column.table is not table:
                yield column.name, found
        elif (table.name, column.name) in _WRITTEN:
            yield column.name, _WRITTEN[table.name, column.name]
        else:
            yield column.name, _value(target.c[column.name])


def _value(column: Column[Any]) -> object:
    if isinstance(column.type, JSON):
        return {}
    kind = column.type.python_type
    choices = getattr(column.type, "enums", None)
    if choices:
        enum = getattr(column.type, "enum_class", None)
        return next(iter(enum)) if enum else choices[0]
    if kind in _VALUES:
        return _VALUES[kind]
    text = _WORDS.get(column.name, column.name)
    return text[: getattr(column.type, "length", None)]


if __name__ == "__main__":
    opened = open_crm(Settings())
    with opened.engine.execution_options(crmkit_writes=True).begin() as own:
        fill(own, models_of(opened))
