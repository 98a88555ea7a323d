"""Migrations: the core's and each plugin's, each with a version table of its own.

They run by command, never at import, one process at a time.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, String, column, inspect, select, table, text
from sqlalchemy.exc import DBAPIError

from crmkit.core.errors import CrmError, mark
from crmkit.core.ledger import TABLE, note_objects

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from alembic.config import Config

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
    # Who only asks how things stand, as every process does at its start, needs no
    # Alembic: ten megabytes.
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.set_main_option("version_locations", str(tree.folder))
    config.set_main_option("path_separator", "newline")
    config.attributes["version_table"] = tree.version_table
    return config


def head_of(tree: Tree) -> str | None:
    """The last revision of a tree, None for a tree without any."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415  (see _config)

    return ScriptDirectory.from_config(_config(tree)).get_current_head()


def _stated(tree: Tree) -> dict[str, str]:
    """The revisions that a tree's files name, each with the one before it, or ""."""
    texts = (path.read_text("utf-8") for path in tree.folder.glob("*.py"))
    found = (dict(_SAYS.findall(text)) for text in texts)
    return {
        one["revision"]: one.get("down_revision", "")
        for one in found
        if "revision" in one
    }


_SAYS = re.compile(
    r"""^(revision|down_revision)(?:\s*:[^=\n]+)?\s*=\s*["'](\w+)["']""", re.MULTILINE
)


def _stated_heads(tree: Tree) -> set[str]:
    """The last revisions of a tree as its files say: of one in order, a single one."""
    revisions = _stated(tree)
    return revisions.keys() - revisions.values()


@cache
def core_head() -> str | None:
    """The last revision of the core; its files are read once."""
    return next(iter(_stated_heads(CORE_TREE)), None)


def applied(connection: Connection, tree: Tree) -> str | None:
    """The revision of a tree that the database is at."""
    if not inspect(connection).has_table(tree.version_table):
        return None
    version = column("version_num", String)
    query = select(version).select_from(table(tree.version_table, version))
    found: str | None = connection.execute(query).scalar_one_or_none()
    return found


def is_pending(engine: Engine, tree: Tree) -> bool:
    """Whether migrations of a tree have not been run yet."""
    with engine.connect() as connection:
        revision = applied(connection, tree)
    # What was run to its end could be read then; anything else is looked at closely.
    return {revision} != _stated_heads(tree) and revision != head_of(tree)


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
    from alembic import command  # noqa: PLC0415  (see _config)

    config = _config(tree)
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def knows(tree: Tree, revision: str) -> bool:
    """Whether a tree has that revision; a newer one's tree may have more."""
    return revision in _stated(tree)


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


class FailedMigrationsError(CrmError):
    """Migrations of plugins that failed were rolled back; those of `ran` were run."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(self, failed: Mapping[str, BaseException], ran: list[str]) -> None:
        super().__init__(
            mark(
                "Migrations that failed were rolled back, and their plugins stay off; "
                "all others were run. {reasons}"
            ),
            reasons=" ".join(f"{name}: {_reason(e)}." for name, e in failed.items()),
        )
        self.ran = ran


def _reason(error: BaseException) -> str:
    shown = error.orig or error if isinstance(error, DBAPIError) else error
    lines = str(shown).strip().splitlines()
    return (lines[0] if lines else type(error).__name__).rstrip(".")


class BrokenReferenceError(Exception):
    """A migration left rows that point at nothing; it was rolled back."""

    def __init__(self, count: int) -> None:
        super().__init__(f"The migration would leave {count} broken references.")


def _pragma(raw: object, text_: str) -> None:
    cursor = raw.cursor()  # type: ignore[attr-defined]  # a DBAPI connection
    cursor.execute(f"PRAGMA {text_}")
    cursor.close()
