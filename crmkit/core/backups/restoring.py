"""Restoring a backup: all of it or nothing, and the old database until then."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sqlalchemy import insert, text
from sqlalchemy.exc import OperationalError

from crmkit.core.backups.archive import (
    DamagedArchiveError,
    NewerArchiveError,
    OtherKindError,
    Reader,
    Step,
    ignore,
    reading,
)
from crmkit.core.backups.catalogue import (
    driver_of,
    empty_schema,
    quote,
    run,
    tables_in,
    take_off_keys,
)
from crmkit.core.backups.taking import DATABASE, FOLDER, has_tables
from crmkit.core.db import make_engine
from crmkit.core.errors import CrmError, mark
from crmkit.core.migrate import knows, upgrade, upgrade_on
from crmkit.core.pauses import RESTORED, Pause

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from crmkit.core.backups.archive import Manifest
    from crmkit.core.migrate import Tree

_PAGES = 2000
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_WAITS = 12
_PAUSE = 0.25
_LOCK_NOT_AVAILABLE = "55P03"
_LOCK_TIMEOUT = "15s"


class NotEmptyError(CrmError):
    """A restore removes nothing unless it is told to."""

    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(
            mark("The database is not empty; --replace removes all that is in it.")
        )


class InUseError(CrmError):
    """Somebody works with the database that is to be replaced."""

    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(
            mark("The database is in use; stop crmkit and try again. It is unchanged.")
        )


@dataclass(frozen=True, slots=True)
class Destination:
    """What is restored into, the migrations that are known, and the moment."""

    engine: Engine
    trees: Sequence[Tree]
    now: datetime
    step: Step = ignore


def restore_database(to: Destination, file: Path, *, replace: bool = False) -> Manifest:
    """Put what the archive `file` holds into the database; its manifest.

    The archive is checked wholly before anything is touched; where something fails
    the database stays as it was. It is brought up to the migrations of `to.trees`, and
    a pause keeps sending and schedules off. `to.step` gets bytes, each twice.
    """
    with reading(file) as archive:
        manifest = archive.manifest
        if manifest.kind != to.engine.dialect.name:
            raise OtherKindError(file, manifest.kind)
        if has_tables(to.engine) and not replace:
            raise NotEmptyError
        for tree in to.trees:
            revision = manifest.trees.get(tree.owner)
            if revision is not None and not knows(tree, revision):
                raise NewerArchiveError(file, tree.owner)
        archive.check(to.step)
        put = _put_file if manifest.kind == "sqlite" else _put_tables
        put(to, archive)
        return manifest


def _put_file(to: Destination, archive: Reader) -> None:
    target = Path(str(to.engine.url.database))
    to.engine.dispose()
    with TemporaryDirectory(prefix="crmkit-restore-", dir=target.parent) as beside:
        fresh = Path(beside, DATABASE)
        with fresh.open("wb") as file:
            for block in archive.blocks(DATABASE):
                file.write(block)
                to.step(len(block))
        _check_file(archive, fresh)
        _bring_up(fresh, to)
        replace_sqlite(fresh, target)


def _check_file(archive: Reader, fresh: Path) -> None:
    with closing(sqlite3.connect(fresh)) as connection:
        try:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError:
            found = None
    if found != ("ok",):
        raise DamagedArchiveError(archive.file, DATABASE)


def _bring_up(fresh: Path, to: Destination) -> None:
    engine = make_engine(f"sqlite:///{fresh}", pool_size=1)
    try:
        for tree in to.trees:
            upgrade(engine, tree)
        writing = engine.execution_options(crmkit_writes=True)
        with writing.begin() as connection:
            _pause(connection, to.now)
    finally:
        engine.dispose()


def _pause(connection: Connection, now: datetime) -> None:
    connection.execute(insert(Pause).values(reason=RESTORED, since=now))


def replace_sqlite(fresh: Path, target: Path) -> None:
    """Make `target` what `fresh` is, in one transaction of it.

    The file itself stays, so that whoever has it open sees the new content; a file
    put in its place would be mixed with the old one's write-ahead log.
    """
    waits = 0

    def watch(status: int, _left: int, _all: int) -> None:
        nonlocal waits
        waits += status in _BUSY
        if waits > _WAITS:
            raise InUseError

    with (
        closing(sqlite3.connect(fresh)) as new,
        closing(sqlite3.connect(target, timeout=1)) as old,
    ):
        new.backup(old, pages=_PAGES, progress=watch, sleep=_PAUSE)


def _put_tables(to: Destination, archive: Reader) -> None:
    """One transaction: what fails in it leaves the old tables as they were."""
    writing = to.engine.execution_options(crmkit_writes=True)
    try:
        with writing.begin() as connection:
            connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))
            connection.execute(text("SET LOCAL TIME ZONE 'UTC'"))
            empty_schema(connection)
            _make_tables(connection, archive.manifest, to.trees)
            _fill_tables(connection, archive, to.step)
            for tree in to.trees:
                upgrade_on(connection, tree)
            _pause(connection, to.now)
            connection.execute(text("ANALYZE"))
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") == _LOCK_NOT_AVAILABLE:
            raise InUseError from error
        raise


def _make_tables(
    connection: Connection, manifest: Manifest, trees: Sequence[Tree]
) -> None:
    for tree in trees:
        if tree.owner in manifest.trees:
            upgrade_on(connection, tree, manifest.trees[tree.owner])
    there = set(tables_in(connection))
    missing = [name for name in manifest.statements if name not in there]
    for every in (manifest.statements, manifest.keys):
        for name in missing:
            for statement in every[name]:
                run(connection, statement)


def _fill_tables(connection: Connection, archive: Reader, step: Step) -> None:
    keys = take_off_keys(connection)
    names = [part.removeprefix(FOLDER) for part in archive.manifest.parts]
    for name in names:
        run(connection, f"ALTER TABLE {quote(name)} DISABLE TRIGGER USER")
    run(connection, f"TRUNCATE {', '.join(map(quote, names))}")
    for name in names:
        _copy_in(connection, archive, name, step)
    for name, (last, is_called) in archive.manifest.sequences.items():
        connection.execute(
            text("SELECT setval(to_regclass(:name), :last, :is_called)"),
            {"name": quote(name), "last": last, "is_called": is_called},
        )
    for name in names:
        run(connection, f"ALTER TABLE {quote(name)} ENABLE TRIGGER USER")
    for statement in keys:
        run(connection, statement)


def _copy_in(connection: Connection, archive: Reader, name: str, step: Step) -> None:
    part = f"{FOLDER}{name}"
    listed = ", ".join(map(quote, archive.manifest.parts[part].columns))
    command = f"COPY {quote(name)} ({listed}) FROM STDIN"
    driver = connection.dialect.loaded_dbapi
    try:
        with driver_of(connection).cursor() as cursor, cursor.copy(command) as copy:
            for block in archive.blocks(part):
                copy.write(block)
                step(len(block))
    except (driver.DataError, driver.ProgrammingError) as error:
        raise DamagedArchiveError(archive.file, part) from error
