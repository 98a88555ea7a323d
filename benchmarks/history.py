"""A past for seeded leads: ten events each, and five stretches of `lead_past`."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from benchmarks.growing import writing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SEED = 815
_STRETCHES = 4
_SAID = 5
_RENAMED = orjson.dumps({"company_name": ["Keller Pumps", "Keller Pumps AG"]}).decode()


def add_history(path: str) -> None:
    """Give each lead of a seeded file four earlier stretches and nine more events.

    What a lead is now stays as it is: it came there by way of other stages and
    amounts. Written by hand, as a million changes through the core take long.
    """
    with writing(path) as database:
        info = database.execute("PRAGMA table_info(lead_past)").fetchall()
        names = [row[1] for row in info if row[1] != "id"]
        database.row_factory = sqlite3.Row
        rows = database.execute(
            "SELECT p.*, l.created_at, l.updated_at"
            " FROM lead_past p JOIN lead l ON l.id = p.lead_id"
        ).fetchall()
        maker = _Maker(database)
        pasts: list[dict[str, Any]] = []
        events: list[tuple[object, ...]] = []
        begins = []
        for row in rows:
            moments = maker.moments(row)
            events += maker.events(row, moments)
            pasts += maker.stretches(dict(row), moments)
            begins.append((moments[-1], row["id"]))
        # The row that holds now begins where the last of the others ends.
        database.executemany("UPDATE lead_past SET from_at = ? WHERE id = ?", begins)
        marks = ", ".join(f":{name}" for name in names)
        database.executemany(
            f"INSERT INTO lead_past ({', '.join(names)}) VALUES ({marks})",  # noqa: S608
            pasts,
        )
        database.executemany(
            "INSERT INTO event (at, actor_id, kind, entity, record_id, version,"
            " change_id, \"values\") VALUES (?, ?, ?, 'lead', ?, ?, ?, ?)",
            events,
        )


class _Maker:
    """Makes the past of one lead after the other."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.rng = Random(_SEED)  # noqa: S311  (the same at every run)
        query = "SELECT id FROM stage WHERE is_won = 0 ORDER BY position, id"
        self.stages = [row[0] for row in database.execute(query)]

    def moments(self, row: sqlite3.Row) -> Sequence[str]:
        """Where the stretches begin, that of now last."""
        began = datetime.fromisoformat(row["created_at"])
        ends = datetime.fromisoformat(row["from_at"])
        if ends <= began:
            now = datetime.fromisoformat(row["updated_at"])
            ends = began + (now - began) * self.rng.random()
        span = ends - began
        parts = sorted(self.rng.random() for _ in range(_STRETCHES - 1))
        every = (began, *(began + span * part for part in parts), ends)
        return [each.isoformat(sep=" ", timespec="microseconds") for each in every]

    def stretches(
        self, values: dict[str, Any], moments: Sequence[str]
    ) -> Iterator[dict[str, Any]]:
        """The earlier stretches: stage after stage, the amount growing."""
        reached = max(values["stage_id"] - self.stages[0], 1)
        for number in range(_STRETCHES):
            step = self.stages[
                min(number * reached // _STRETCHES, len(self.stages) - 1)
            ]
            share = 60 + 10 * number
            changed = {
                "from_at": moments[number],
                "to_at": moments[number + 1],
                "status": "open",
                "stage_id": step,
                "probability": 1000 * (number + 1),
                "expected_revenue": values["expected_revenue"] * share // 100,
                "base_revenue": values["base_revenue"] * share // 100,
                "base_weighted": values["base_revenue"] * share * (number + 1) // 1000,
            }
            yield {**values, **changed}

    def events(
        self, row: sqlite3.Row, moments: Sequence[str]
    ) -> Iterator[tuple[object, ...]]:
        """Four moves and five other changes."""
        number, owner = row["lead_id"], row["owner_id"]
        moved = orjson.dumps({"stage_id": [self.stages[0], row["stage_id"]]}).decode()
        said = [("lead.moved", at, moved) for at in moments[1:]]
        said += [("lead.changed", moments[1], _RENAMED)] * _SAID
        for version, (kind, at, values) in enumerate(said, start=2):
            change = UUID(int=self.rng.getrandbits(128)).hex
            yield at, owner, kind, number, version, change, values
