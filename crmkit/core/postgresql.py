"""PostgreSQL: what its connections do when they are made, taken and given back."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from psycopg import IsolationLevel, OperationalError
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError

from crmkit.core.intents import is_maintaining, is_writing

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

_REST_SECONDS = 2
_RESTING = "crmkit_resting_since"


def listen(engine: Engine) -> None:
    """Let the connections of `engine` behave as crmkit needs them."""
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "checkin", _note_rest)
    event.listen(engine, "checkout", _wake)
    event.listen(engine, "begin", _begin)


def _prepare(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    # Moments come as they are kept; they need not be moved from another zone.
    cursor = connection.cursor()
    cursor.execute("SET TIME ZONE 'UTC'")
    cursor.close()
    connection.commit()


def _note_rest(
    _connection: DBAPIConnection | None, record: ConnectionPoolEntry
) -> None:
    record.info[_RESTING] = monotonic()


def _wake(
    connection: DBAPIConnection,
    record: ConnectionPoolEntry,
    _proxy: PoolProxiedConnection,
) -> None:
    """Ask a connection that has rested whether it is still there.

    One that was used a moment ago is not asked: that would be a way to the server
    and back for every unit.
    """
    if monotonic() - record.info.get(_RESTING, 0.0) < _REST_SECONDS:
        return
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT 1")
        cursor.close()
        connection.rollback()
    except OperationalError as error:
        # The pool closes it, opens another, and tries again.
        raise DisconnectionError from error


def _begin(connection: Connection) -> None:
    if is_maintaining(connection):
        return
    raw = connection.connection.dbapi_connection
    writes = is_writing(connection)
    # What a page shows in two statements must fit together: one snapshot.
    raw.isolation_level = None if writes else IsolationLevel.REPEATABLE_READ  # type: ignore[union-attr]  # psycopg's
    raw.read_only = not writes  # type: ignore[union-attr]  # psycopg's
