"""Taking a backup: one moment of the database, while others go on writing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

import crmkit
from crmkit.core.backups.archive import BLOCK, Manifest, Step, Writer, ignore, writing
from crmkit.core.backups.catalogue import (
    columns_of,
    driver_of,
    quote,
    sequences_in,
    tables_in,
)
from crmkit.core.backups.definitions import define_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection, Engine

DATABASE = "database.sqlite"
FOLDER = "tables/"
VERSIONS = "ck_version__"
_PAGES = 2000


def size_of(engine: Engine) -> int:
    """About how many bytes a backup will read."""
    is_sqlite = engine.dialect.name == "sqlite"
    query = (
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        if is_sqlite
        else "SELECT sum(pg_table_size(oid)) FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
    )
    with engine.connect() as connection:
        return int(connection.scalar(text(query)) or 0)


def back_up_database(
    engine: Engine, target: Path, now: datetime, step: Step = ignore
) -> Manifest:
    """A new archive at `target` with all of the database; its manifest.

    `step` is called with numbers of bytes done, of about `size_of` in all.
    """
    manifest = Manifest(
        kind=engine.dialect.name, crmkit=crmkit.__version__, made_at=now.isoformat()
    )
    with writing(target, manifest, step) as writer:
        if engine.dialect.name == "sqlite":
            _add_file(engine, writer, target.parent)
        else:
            with engine.connect() as connection:
                _add_tables(connection, writer)
    return manifest


def _add_file(engine: Engine, writer: Writer, folder: Path) -> None:
    with TemporaryDirectory(prefix="crmkit-backup-", dir=folder) as beside:
        copy = Path(beside, DATABASE)
        copy_sqlite(str(engine.url.database), copy)
        with closing(sqlite3.connect(copy)) as connection:
            _describe(connection, writer.manifest)
        with copy.open("rb") as file:
            writer.add(DATABASE, iter(lambda: file.read(BLOCK), b""))


def copy_sqlite(source: str, target: Path) -> None:
    """A copy of an SQLite database as it is now, in one file."""
    with (
        closing(sqlite3.connect(source, timeout=20)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        # What is read in one transaction is one moment: writers do not disturb it,
        # nor does the copy begin anew because of them.
        old.execute("BEGIN")
        old.execute("SELECT count(*) FROM sqlite_master").fetchone()
        old.backup(new, pages=_PAGES)
        new.execute("PRAGMA journal_mode=DELETE")


def _describe(connection: sqlite3.Connection, manifest: Manifest) -> None:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    names = [str(row[0]) for row in connection.execute(query)]
    for name in names:
        count = f"SELECT count(*) FROM {quote(name)}"  # noqa: S608  (a quoted name)
        manifest.rows[name] = connection.execute(count).fetchone()[0]
        if name.startswith(VERSIONS):
            version = f"SELECT version_num FROM {quote(name)}"  # noqa: S608  (a quoted name)
            row = connection.execute(version).fetchone()
            if row is not None:
                manifest.trees[name.removeprefix(VERSIONS)] = row[0]


def _add_tables(connection: Connection, writer: Writer) -> None:
    """Every table of the schema, in the one snapshot that the connection reads."""
    manifest = writer.manifest
    for setting in ("TIME ZONE 'UTC'", "extra_float_digits = 3"):
        connection.execute(text(f"SET LOCAL {setting}"))
    names = tables_in(connection)
    for name in names:
        columns = columns_of(connection, name)
        writer.add(f"{FOLDER}{name}", _copy_out(connection, name, columns), columns)
        manifest.rows[name] = int(connection.info.pop("crmkit_rows"))
        if name.startswith(VERSIONS):
            version = text(f"SELECT version_num FROM {quote(name)}")  # noqa: S608  (a quoted name)
            found = connection.scalar(version)
            if found is not None:
                manifest.trees[name.removeprefix(VERSIONS)] = found
    manifest.sequences = sequences_in(connection)
    for name in names:
        # A plugin's package may be gone at the restore, and its migrations with it.
        if "__" in name:
            made, keys = define_table(connection, name)
            manifest.statements[name], manifest.keys[name] = made, keys


def _copy_out(connection: Connection, name: str, columns: list[str]) -> Iterator[bytes]:
    """The rows of a table as the database writes them, in blocks."""
    listed = ", ".join(map(quote, columns))
    command = f"COPY {quote(name)} ({listed}) TO STDOUT"
    rows, block = 0, bytearray()
    with driver_of(connection).cursor() as cursor, cursor.copy(command) as copy:
        for row in copy:
            rows += 1
            block += row
            if len(block) >= BLOCK:
                yield bytes(block)
                block.clear()
    connection.info["crmkit_rows"] = rows
    yield bytes(block)


def has_tables(engine: Engine) -> bool:
    """Whether the database holds anything."""
    with engine.connect() as connection:
        return bool(inspect(connection).get_table_names())
