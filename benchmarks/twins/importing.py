"""Importing leads from a CSV file: the twin of the data exchange plugin."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from crmkit.core import fold

from benchmarks.twins.opening import now, open_for
from benchmarks.twins.writing import (
    COLUMNS,
    INSERT_EVENT,
    INSERT_PAST,
    INSERT_WORDS,
    STAGES,
    event_of,
    insert,
    make_lead,
    past_of,
    said,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from benchmarks.twins.driver import Driver

BATCH = 500
_INSERT_LEAD = insert("lead", ["id", *COLUMNS])
_INSERT_ROW = insert(
    "data_exchange__import_row",
    "import_id row_index line outcome record_id reasons".split(),
)
_CHECKPOINT = """
UPDATE data_exchange__import SET done_rows = ?, created = ? WHERE id = ?
"""
_COMPANIES = """
SELECT name_folded, id FROM contact WHERE kind = 'company' AND deleted_at IS NULL
AND name_folded IN ({marks}) ORDER BY id DESC
"""
_IDS = {
    True: "SELECT seq FROM sqlite_sequence WHERE name = 'lead'",
    False: "SELECT nextval('lead_id_seq') FROM generate_series(1, ?)",
}


class ImportTwin:
    """An import of a file that stands in memory, a batch and a commit at a time."""

    def __init__(self, driver: Driver, user_id: int, import_id: int, text: str) -> None:
        self.driver, self.user_id, self.import_id = driver, user_id, import_id
        self.change_id = f"{import_id:032x}"
        self.lines = csv.DictReader(text.splitlines())

    def run(self) -> Iterator[int]:
        """Store batches until the file ends; the rows done."""
        done = 0
        while batch := list(islice(self.lines, BATCH)):
            with self.driver.unit(writes=True):
                self._store(batch, done)
            done += len(batch)
            yield done

    def _store(self, batch: list[dict[str, str]], done: int) -> None:
        driver, moment = self.driver, now()
        actor = open_for(driver, self.user_id)
        leads = self._leads(batch, actor.id, moment)
        ids = self._take_ids(len(leads))
        who = (driver.put_moment(moment), actor.id, self.change_id)
        rows = [
            (number, *(lead[name] for name in COLUMNS))
            for number, (lead, _) in zip(ids, leads, strict=True)
        ]
        driver.many(_INSERT_LEAD, rows)
        events = [
            event_of(who, "lead.created", (number, 1), told)
            for number, (_, told) in zip(ids, leads, strict=True)
        ]
        driver.many(INSERT_EVENT, events)
        pasts = [past_of(lead, i) for i, (lead, _) in zip(ids, leads, strict=True)]
        driver.many(INSERT_PAST, pasts)
        words = [words_of(lead, i) for i, (lead, _) in zip(ids, leads, strict=True)]
        driver.many(INSERT_WORDS, words)
        driver.many(
            _INSERT_ROW,
            [
                (self.import_id, done + at, done + at + 2, "created", number, "[]")
                for at, number in enumerate(ids)
            ],
        )
        count = done + len(ids)
        driver.run(_CHECKPOINT, count, count, self.import_id)

    def _leads(
        self, batch: list[dict[str, str]], actor_id: int, moment: datetime
    ) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        driver = self.driver
        stages = {stage[0]: stage for stage in driver.rows(STAGES)}
        named = {
            table: {fold(name): number for number, name in driver.rows(query)}
            for table, query in _NAMES.items()
        }
        names = sorted({fold(line["Company"]) for line in batch if line["Company"]})
        marks = ", ".join("?" * len(names)) or "NULL"
        companies = dict(driver.rows(_COMPANIES.replace("{marks}", marks), *names))
        made = []
        for line in batch:
            given = {
                "name": line["Title"].strip(),
                "company_name": line["Company"].strip() or None,
                "contact_id": companies.get(fold(line["Company"])),
                "contact_name": line["Contact"].strip() or None,
                "email": line["Mail"].strip() or None,
                "phone": line["Phone"].strip() or None,
                "team_id": named["team"][fold(line["Team"])],
                "owner_id": named["crm_user"][fold(line["Owner"])],
                "expected_revenue": Decimal(line["Value"]),
                "expected_close": date.fromisoformat(line["Close"]),
            }
            stage = stages[named["stage"][fold(line["Stage"])]]
            told = said(given, stage[0])
            made.append((make_lead(driver, given, stage, actor_id, moment), told))
        return made

    def _take_ids(self, count: int) -> list[int]:
        if self.driver.is_sqlite:
            last = self.driver.rows(_IDS[True])[0][0]
            return list(range(last + 1, last + 1 + count))
        return [row[0] for row in self.driver.rows(_IDS[False], count)]


_NAMES = {
    "team": "SELECT id, name FROM team WHERE archived_at IS NULL",
    "crm_user": "SELECT id, name FROM crm_user WHERE disabled_at IS NULL",
    "stage": "SELECT id, name FROM stage WHERE archived_at IS NULL",
}
