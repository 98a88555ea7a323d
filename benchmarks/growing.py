"""Many leads out of some: each copied by the database itself, with all that is its."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NUMBERED = ("event", "lead_past")
_NEW = ":k * :leads"
_CHANGED: Mapping[str, Mapping[str, str]] = {
    "lead": {
        "id": f"id + {_NEW}",
        "name": "name || ' ' || :k",
        "name_folded": "name_folded || ' ' || :k",
        "email": "replace(email, '@', :k || '@')",
        "email_normalized": "replace(email_normalized, '@', :k || '@')",
        "next_activity_id": "next_activity_id + :k * :activities",
    },
    "event": {"record_id": f"record_id + {_NEW}"},
    "lead_past": {"lead_id": f"lead_id + {_NEW}"},
    "lead_tag": {"lead_id": f"lead_id + {_NEW}"},
    "lead_words": {"lead_id": f"lead_id + {_NEW}", "words": "words || ' ' || :k"},
    "activity": {"id": "id + :k * :activities", "lead_id": f"lead_id + {_NEW}"},
}


def grow(path: str, leads: int) -> None:
    """Copy the leads of a seeded file until there are `leads` of them."""
    with writing(path) as database:
        seeded, activities = (
            database.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0]  # noqa: S608
            for table in ("lead", "activity")
        )
        copies = range(1, -(-leads // seeded))
        for table, changed in _CHANGED.items():
            for k in copies:
                most = min(seeded, leads - k * seeded)
                numbers = {"k": k, "leads": seeded, "activities": activities}
                statement = _copy(database, table, changed)
                database.execute(statement, {**numbers, "most": most})


def _copy(database: sqlite3.Connection, table: str, changed: Mapping[str, str]) -> str:
    info = database.execute(f'PRAGMA table_info("{table}")')
    names = [row[1] for row in info if table not in _NUMBERED or row[1] != "id"]
    quoted = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(changed.get(name, f'"{name}"') for name in names)
    lead = {"lead": "id", "event": "record_id"}.get(table, "lead_id")
    mine = "entity = 'lead' AND " if table == "event" else ""
    return (
        f'INSERT INTO "{table}" ({quoted}) SELECT {values} FROM "{table}"'  # noqa: S608
        f" WHERE {mine}{lead} <= :most"
    )


@contextmanager
def writing(path: str) -> Iterator[sqlite3.Connection]:
    """One transaction on a file, whose indexes are made anew at its end."""
    database = sqlite3.connect(path, isolation_level=None)
    for pragma in ("synchronous=OFF", "cache_size=-262144", "temp_store=MEMORY"):
        database.execute(f"PRAGMA {pragma}")
    database.execute("BEGIN")
    kept = database.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        " AND tbl_name IN ('lead', 'event', 'lead_past', 'lead_tag', 'activity')"
    ).fetchall()
    for name, _ in kept:
        database.execute(f'DROP INDEX "{name}"')
    yield database
    for _, statement in kept:
        database.execute(statement)
    database.execute("COMMIT")
    database.close()
