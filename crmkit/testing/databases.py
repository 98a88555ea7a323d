"""Databases for tests: each a copy of one that was migrated once a session."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import make_url

from crmkit.testing.postgresql import PostgresqlServer, start_postgresql

if TYPE_CHECKING:
    from collections.abc import Callable


class Databases(Protocol):
    """Makes databases by copying, and takes them away."""

    def template(self, name: str, fill: Callable[[str], None]) -> str:
        """The name of a template, which `fill` filled by its URL the first time."""

    def copy(self, template: str) -> str:
        """The URL of a new database like a template."""

    def drop(self, url: str) -> None:
        """Take a database away, nobody being connected any more."""

    def close(self) -> None:
        """Take everything away."""


@dataclass(slots=True)
class SqliteFiles:
    """Databases as files of one folder."""

    folder: Path
    _numbers: count[int] = field(default_factory=count)

    def template(self, name: str, fill: Callable[[str], None]) -> str:
        """The path of the template's file."""
        path = self.folder / f"template-{name}.db"
        if not path.exists():
            fill(f"sqlite:///{path}")
        return str(path)

    def copy(self, template: str) -> str:
        """The URL of a new copy of the file."""
        path = self.folder / f"{next(self._numbers)}.db"
        shutil.copyfile(template, path)
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        """Remove the file and what lies beside it."""
        path = Path(make_url(url).database or "")
        for beside in ("", "-wal", "-shm"):
            path.with_name(path.name + beside).unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def open_databases(kind: str, folder: Path) -> Databases:
    """The databases of a kind: `sqlite`, in `folder`, or `postgresql`.

    `CRMKIT_TEST_POSTGRESQL_URL` names a server that runs, on which the user of the
    URL may create databases.
    """
    if kind == "sqlite":
        return SqliteFiles(folder)
    url = os.environ.get("CRMKIT_TEST_POSTGRESQL_URL")
    return PostgresqlServer(make_url(url)) if url else start_postgresql()
