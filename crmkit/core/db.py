"""The database: declarative bases, and an engine that knows reading from writing."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    ForeignKey,
    MetaData,
    SQLColumnExpression,
    Table,
    create_engine,
    event,
    func,
    literal_column,
    make_url,
    text,
)
from sqlalchemy.exc import DataError
from sqlalchemy.orm import (
    DeclarativeBase,
    InstrumentedAttribute,
    class_mapper,
    make_transient_to_detached,
    registry,
)
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from crmkit.core.errors import CrmError, mark
from crmkit.core.intents import is_maintaining, is_writing
from crmkit.core.turns import Turns
from crmkit.core.types import Id, Money, UtcDateTime

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import FromClause
    from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "Base",
    "plugin_base",
    "references",
]

T = TypeVar("T")
_BUSY_SECONDS = 20
_MAY_WRITE = "crmkit_may_write"
_HAS_TURN = "crmkit_has_turn"
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
_TYPES: dict[Any, Any] = {int: Id, Decimal: Money, datetime: UtcDateTime}


_OURS = "crmkit"


def _number_once(table: Table, parent: MetaData) -> None:
    # SQLite would give the number of a deleted row again; PostgreSQL does not.
    if _OURS in parent.info:
        table.dialect_options["sqlite"]["autoincrement"] = True


event.listen(Table, "after_parent_attach", _number_once)


class Base(DeclarativeBase):
    """What the core's tables stand on."""

    metadata = MetaData(naming_convention=_NAMES, info={_OURS: "core"})
    type_annotation_map = _TYPES


def plugin_base(plugin_id: str) -> type[DeclarativeBase]:
    """A declarative base for the tables of one plugin, apart from all others.

    Its tables are named `<plugin_id>__<noun>`. Foreign keys to the core are column
    objects (`references(Lead.id)`); relationships into the core are not possible,
    so a mistake in a plugin's mapping never reaches the core's.
    """
    metadata = MetaData(naming_convention=_NAMES, info={_OURS: plugin_id})
    attributes = {
        "__abstract__": False,
        "registry": registry(metadata=metadata, type_annotation_map=_TYPES),
        "metadata": metadata,
    }
    name = plugin_id.title().replace("_", "") + "Base"
    return cast("type[DeclarativeBase]", type(name, (DeclarativeBase,), attributes))


def references(
    column: InstrumentedAttribute[int], *, on_delete: str = "CASCADE"
) -> ForeignKey:
    """A foreign key of a plugin's table to a column of the core."""
    return ForeignKey(column.expression, ondelete=on_delete)


def take_numbers(uow: UnitOfWork, table: FromClause, count: int) -> Sequence[int]:
    """The ids of `count` rows that this unit is about to add to `table`."""
    name = table.name  # type: ignore[attr-defined]  # of a Table
    if uow.session.get_bind().dialect.name == "sqlite":
        # Whoever writes is alone, and numbers are never given twice.
        last = uow.run(_last_number, {"name": name}).scalar() or 0
        return range(last + 1, last + count + 1)
    taken = uow.run(_next_numbers, {"name": f"{name}_id_seq", "count": count})
    return taken.scalars().all()


def keep_as_read(uow: UnitOfWork, kind: type[T], row: Mapping[str, Any]) -> T:
    """The object that a query would make of a row, which the session keeps.

    For rows that were written by table, where a flush would cost more than the row.
    """
    found: T = class_mapper(kind).class_manager.new_instance()
    found.__dict__.update(row)
    make_transient_to_detached(found)
    uow.session.add(found)
    return found


_last_number = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
_next_numbers = text(
    "SELECT nextval(CAST(:name AS regclass)) FROM generate_series(1, :count)"
)


def join_texts(column: SQLColumnExpression[str], between: str) -> ColumnElement[str]:
    """The texts of a group in one, with `between`, a literal, between two of them.

    The same as `func.aggregate_strings`, whose separator is written into the statement
    anew each time it runs: a tenth of a small statement's time.
    """
    literal: Any = literal_column(f"'{between}'")
    return func.aggregate_strings(column, literal)


def dump_json(value: object) -> str:
    """`value` as JSON text, dates and decimals included."""
    return orjson.dumps(value, default=str).decode()


def make_engine(url: str, *, pool_size: int) -> Engine:
    """An engine for `url`, whose transactions are to read unless they say otherwise.

    `engine.execution_options(crmkit_writes=True)` gives one whose transactions write.
    """
    parsed = make_url(url)
    options: dict[str, Any] = {
        "json_serializer": dump_json,
        "json_deserializer": orjson.loads,
        "poolclass": QueuePool,
        "pool_size": pool_size,
        "max_overflow": 0,
        # The one that was used last has its pages and statements at hand.
        "pool_use_lifo": True,
        # What went wrong is logged; whose data it was is nobody's business.
        "hide_parameters": True,
        "pool_timeout": 30,
    }
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(
            parsed, connect_args={"timeout": _BUSY_SECONDS}, **options
        )
        turns = Turns()
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", partial(_begin_sqlite, turns))
        event.listen(engine, "checkin", partial(_end_turn, turns))
        event.listen(engine, "handle_error", _name_unstorable)
        return engine
    # Its driver is loaded by whom it serves: seven megabytes.
    from crmkit.core import postgresql  # noqa: PLC0415

    engine = create_engine(parsed, **options)
    postgresql.listen(engine)
    event.listen(engine, "handle_error", _name_unstorable)
    return engine


class UnstorableError(CrmError):
    """A value is none that a database can hold."""

    def __init__(self) -> None:
        super().__init__(
            mark("A number is too large, or a text holds what cannot be kept.")
        )


def _name_unstorable(context: ExceptionContext) -> None:
    # The drivers say it each in their way: too many bits, NUL, half a character.
    original = context.original_exception
    is_unstorable = isinstance(original, OverflowError | UnicodeEncodeError)
    if is_unstorable or isinstance(context.sqlalchemy_exception, DataError):
        raise UnstorableError from original


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    # The driver's own transactions keep savepoint writes after a rollback.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        # For each connection of each process; the system keeps the file's pages too.
        "cache_size=-4096",
        "temp_store=MEMORY",
        # As on PostgreSQL; what may differ in case is compared by folded copies.
        "case_sensitive_like=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(turns: Turns, connection: Connection) -> None:
    if is_maintaining(connection):
        _let_write(connection, is_let=True)
    elif is_writing(connection):
        _let_write(connection, is_let=True)
        if not connection.info.get(_HAS_TURN):
            connection.info[_HAS_TURN] = turns.take(_BUSY_SECONDS)
        # IMMEDIATE waits for other processes here; a plain BEGIN would fail at its
        # first write when another writer came between.
        _run_sqlite(connection, "BEGIN IMMEDIATE")
    else:
        _let_write(connection, is_let=False)
        _run_sqlite(connection, "BEGIN")


def _end_turn(
    turns: Turns, _connection: DBAPIConnection | None, record: ConnectionPoolEntry
) -> None:
    # When it is given back, its transaction is over, however it ended.
    if record.info.pop(_HAS_TURN, False):
        turns.give()


def _let_write(connection: Connection, *, is_let: bool) -> None:
    """Let a connection of SQLite write or not; it remembers which it may."""
    if connection.info.get(_MAY_WRITE) is not is_let:
        _run_sqlite(connection, f"PRAGMA query_only={'OFF' if is_let else 'ON'}")
        connection.info[_MAY_WRITE] = is_let


def _run_sqlite(connection: Connection, statement: str) -> None:
    cursor = connection.connection.cursor()
    cursor.execute(statement)
    cursor.close()
