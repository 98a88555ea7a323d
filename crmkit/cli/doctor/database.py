"""The database: whether it can be written, is whole, and is as crmkit needs it."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from crmkit.cli.doctor.problem import Problem
from crmkit.cli.failures import sentence_of
from crmkit.core import last_moment, note_worker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from crmkit.app import Crm

OLDEST_POSTGRESQL = 14
_TOO_FAR = timedelta(seconds=60)
_CANNOT_KNOW = 150_000  # PostgreSQL tells versions of collations from 15 on.


class _TakeBackError(Exception):
    """Nothing of the trial stays."""


def find_wrong_database(crm: Crm) -> Iterator[Problem]:
    """What keeps the database from working as it should."""
    yield from _writing(crm)
    with crm.engine.connect() as connection:
        is_sqlite = crm.engine.dialect.name == "sqlite"
        yield from _sqlite(connection) if is_sqlite else _postgresql(connection)
    yield from _clocks(crm)


def _writing(crm: Crm) -> Iterator[Problem]:
    try:
        _try_to_write(crm)
    except SQLAlchemyError as error:
        reason = sentence_of(error)
        remedy = "See who owns the file or database, and whether the disk is full."
        yield Problem("database", f"It cannot be written. {reason}", remedy)


def _try_to_write(crm: Crm) -> None:
    with suppress(_TakeBackError), crm.work() as uow:
        note_worker(uow, "doctor")
        raise _TakeBackError


def _sqlite(connection: Connection) -> Iterator[Problem]:
    for line in connection.execute(text("PRAGMA quick_check(5)")).scalars():
        if line != "ok":
            remedy = "Stop crmkit and restore the last backup."
            yield Problem("database", f"The file is damaged: {line}.", remedy)
    mode = connection.execute(text("PRAGMA journal_mode")).scalar()
    if mode not in {"wal", "memory"}:
        sentence = f"Its journal is “{mode}”, so readers wait for writers."
        remedy = "Put it on a local disk; a network drive cannot hold it."
        yield Problem("database", sentence, remedy)


def _postgresql(connection: Connection) -> Iterator[Problem]:
    number, encoding = connection.execute(
        text(
            "SELECT current_setting('server_version_num')::int, "
            "pg_encoding_to_char(encoding) FROM pg_database "
            "WHERE datname = current_database()"
        )
    ).one()
    if number // 10_000 < OLDEST_POSTGRESQL:
        sentence = f"This is PostgreSQL {number // 10_000}."
        remedy = f"crmkit needs version {OLDEST_POSTGRESQL} or later."
        yield Problem("database", sentence, remedy)
    if encoding != "UTF8":
        sentence = f"Its encoding is {encoding}; some texts cannot be kept."
        remedy = "Make a database with the encoding UTF8 and restore a backup into it."
        yield Problem("database", sentence, remedy)
    if number >= _CANNOT_KNOW:
        yield from _collation(connection)


def _collation(connection: Connection) -> Iterator[Problem]:
    made, now = connection.execute(
        text(
            "SELECT datcollversion, pg_database_collation_actual_version(oid) "
            "FROM pg_database WHERE datname = current_database()"
        )
    ).one()
    if made != now:
        sentence = f"Texts were sorted by version {made}, and are by {now} now."
        remedy = "REINDEX DATABASE, then ALTER DATABASE … REFRESH COLLATION VERSION."
        yield Problem("database", sentence, remedy)


def _clocks(crm: Crm) -> Iterator[Problem]:
    now = crm.clock.now()
    if crm.engine.dialect.name == "postgresql":
        with crm.engine.connect() as connection:
            theirs = connection.scalar(select(func.clock_timestamp()))
        if theirs is not None and abs(theirs - now) > _TOO_FAR:
            sentence = f"It is {now:%H:%M:%S} here, {theirs:%H:%M:%S} in the database."
            yield Problem("clock", sentence, "Let a time server set both.")
    with crm.read() as uow:
        last = last_moment(uow)
    if last is not None and last - now > _TOO_FAR:
        when = f"{last:%Y-%m-%d %H:%M} UTC"
        sentence = f"The last thing that happened was at {when}, later than now."
        yield Problem("clock", sentence, "Set this machine's clock.")
