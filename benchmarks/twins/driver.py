"""One connection of the plain driver: sqlite3 or psycopg, its statements counted."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson
import psycopg
from psycopg.types.json import set_json_loads
from sqlalchemy import make_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MONEY = 10_000
PERCENT = 100


@cache
def _for_postgresql(statement: str) -> str:
    return statement.replace("?", "%s").replace("group_concat(", "string_agg(")


class Driver:
    """Runs statements written with `?`; moments, days and JSON go in and come out."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.sent = 0
        self._lite: sqlite3.Connection | None = None
        self._pg: psycopg.Connection[Any] | None = None
        if self.is_sqlite:
            self._lite = _open_sqlite(parsed.database or "")
        else:
            plain = parsed.set(drivername="postgresql")
            self._pg = psycopg.connect(plain.render_as_string(hide_password=False))
            self._pg.execute("SET TIME ZONE 'UTC'")
            self._pg.commit()
            set_json_loads(orjson.loads, self._pg)

    @contextmanager
    def unit(self, *, writes: bool = False) -> Iterator[None]:
        """One transaction, committed at its end."""
        if self._lite is not None:
            self._lite.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
        elif self._pg is not None:
            self._pg.read_only = not writes
        yield
        (self._lite or self._pg).commit()  # type: ignore[union-attr]  # one of the two

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """The rows that a statement finds."""
        self.sent += 1
        if self._lite is not None:
            return self._lite.execute(statement, values).fetchall()
        return self._cursor(statement, values).fetchall()

    def run(self, statement: str, *values: Any) -> None:
        """Run a statement that answers nothing."""
        self.sent += 1
        if self._lite is not None:
            self._lite.execute(statement, values)
        else:
            self._cursor(statement, values)

    def many(self, statement: str, values: Sequence[Sequence[Any]]) -> None:
        """Run a statement once for each of `values`."""
        self.sent += 1
        if self._lite is not None:
            self._lite.executemany(statement, values)
        elif self._pg is not None:
            with self._pg.cursor() as cursor:
                cursor.executemany(_for_postgresql(statement), values)

    def _cursor(self, statement: str, values: Sequence[Any]) -> psycopg.Cursor[Any]:
        if self._pg is None:
            raise TypeError
        return self._pg.execute(_for_postgresql(statement), values)

    def put_moment(self, value: datetime | None) -> Any:
        """A moment as the database takes it."""
        if value is None or not self.is_sqlite:
            return value
        return value.astimezone(UTC).isoformat(sep=" ", timespec="microseconds")

    def put_day(self, value: date | None) -> Any:
        """A day as the database takes it."""
        return value.isoformat() if value is not None and self.is_sqlite else value

    def moment(self, value: Any) -> Any:
        """A moment that came from the database."""
        return datetime.fromisoformat(value) if isinstance(value, str) else value

    def day(self, value: Any) -> Any:
        """A day that came from the database."""
        return date.fromisoformat(value) if isinstance(value, str) else value

    def json(self, value: Any) -> Any:
        """JSON that came from the database."""
        return orjson.loads(value) if isinstance(value, str) else value

    def close(self) -> None:
        """Give the connection back."""
        (self._lite or self._pg).close()  # type: ignore[union-attr]  # one of the two


def _open_sqlite(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=20, isolation_level=None, check_same_thread=False
    )
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "cache_size=-65536",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def money(value: Any) -> Decimal:
    """An amount that came from the database."""
    return Decimal(int(value)) / MONEY


def percent(value: int) -> Decimal:
    """A percentage that came from the database."""
    return Decimal(value) / PERCENT
