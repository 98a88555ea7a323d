"""Migrations: the core's and each plugin's, each with a version table of its own.

They run by command, never at import, one process at a time.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from crmkit.core.ledger import TABLE, note_objects

if TYPE_CHECKING:
    from collections.abc import Iterator

_HERE = Path(__file__).parent / "migrations"
_LOCK = 7_239_146_001
CORE = "core"


@dataclass(frozen=True, slots=True)
class Tree:
    """The migrations of one owner (`core` or a plugin's id) and where they lie."""

    owner: str
    folder: Path

    @property
    def version_table(self) -> str:
        """The table that remembers how far this tree was run."""
        return f"ck_version__{self.owner}"


CORE_TREE = Tree(CORE, _HERE / "versions")


def _config(tree: Tree) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.set_main_option("version_locations", str(tree.folder))
    config.set_main_option("path_separator", "newline")
    config.attributes["version_table"] = tree.version_table
    return config


def head_of(tree: Tree) -> str | None:
    """The last revision of a tree, None for a tree without any."""
    return ScriptDirectory.from_config(_config(tree)).get_current_head()


@cache
def core_head() -> str | None:
    """The last revision of the core; reading its files takes 20 ms, so once."""
    return head_of(CORE_TREE)


def applied(connection: Connection, tree: Tree) -> str | None:
    """The revision of a tree that the database is at."""
    options = {"version_table": tree.version_table}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


def is_pending(engine: Engine, tree: Tree) -> bool:
    """Whether migrations of a tree have not been run yet."""
    with engine.connect() as connection:
        return applied(connection, tree) != head_of(tree)


def upgrade(engine: Engine, tree: Tree) -> bool:
    """Run what is pending of a tree; tell whether there was anything."""
    with _locked(engine) as connection:
        if applied(connection, tree) == head_of(tree):
            return False
        before = set(inspect(connection).get_table_names())
        upgrade_on(connection, tree)
        if tree.owner != CORE:
            made = set(inspect(connection).get_table_names()) - before
            note_objects(connection, tree.owner, TABLE, sorted(made))
        return True


def upgrade_on(connection: Connection, tree: Tree, revision: str = "head") -> None:
    """Run a tree's migrations up to `revision`, in the connection's transaction."""
    config = _config(tree)
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def knows(tree: Tree, revision: str) -> bool:
    """Whether a tree has that revision; a newer one's tree may have more."""
    every = ScriptDirectory.from_config(_config(tree)).walk_revisions()
    return revision in {script.revision for script in every}


@contextmanager
def _locked(engine: Engine) -> Iterator[Connection]:
    """A writing transaction that no other migration runs beside."""
    writing = engine.execution_options(crmkit_writes=True)
    with writing.connect() as connection:
        if engine.dialect.name == "postgresql":
            with connection.begin():
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK}
                )
                yield connection
            return
        # A table rebuilt with foreign keys on would delete, by cascade, the rows
        # of tables that point at it. The switch only works outside a transaction.
        raw = connection.connection.dbapi_connection
        if raw is None:
            return
        _pragma(raw, "foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                broken = connection.execute(text("PRAGMA foreign_key_check")).all()
                if broken:
                    raise BrokenReferenceError(len(broken))
        finally:
            _pragma(raw, "foreign_keys=ON")


class BrokenReferenceError(Exception):
    """A migration left rows that point at nothing; it was rolled back."""

    def __init__(self, count: int) -> None:
        super().__init__(f"The migration would leave {count} broken references.")


def _pragma(raw: object, text_: str) -> None:
    cursor = raw.cursor()  # type: ignore[attr-defined]  # a DBAPI connection
    cursor.execute(f"PRAGMA {text_}")
    cursor.close()
