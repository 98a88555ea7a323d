"""`python -m benchmarks.lives`: similar leads, merging, the past, and Today.

Each has a bar in milliseconds; what it asks the database is printed with its plan.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, select

from crmkit.core import (
    BoardQuery,
    Lead,
    MergeDraft,
    as_of,
    duplicates_of,
    get_lead,
    get_merge,
    merge_leads,
    read_today,
    unmerge_leads,
)

from benchmarks.databases import copy_rows, describe, open_for, postgresql
from benchmarks.filling import fill
from benchmarks.measuring import Measured, alone, take_time
from benchmarks.printing import print_table
from benchmarks.seeding import sign_people_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from crmkit.app import Crm

PLUGINS = ("data_exchange", "duplicates")
MERGED = 5
DAYS_AGO = 200
TIMES = 60
BARS = {"duplicates": 0.0007, "merge": 0.012, "past": 0.12, "today": 0.02}
"""What the median of each may take, in seconds."""
_EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN (COSTS OFF) "}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print on both databases; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lives")
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--folder", help="keep the SQLite file here, and use it again")
    asked = parser.parse_args(arguments)
    is_over = False
    with tempfile.TemporaryDirectory(prefix="crmkit-bench-") as name:
        path = fill(Path(asked.folder or name), asked.leads)
        url = f"sqlite:///{path}"
        crm = open_for(url, PLUGINS)
        _catch_up(crm)
        crm.close()
        with postgresql(Path(name) / "postgresql") as other:
            open_for(other, PLUGINS).close()
            copy_rows(str(path), other)
            for address in (other, url):
                rows, plans = _measure(address)
                print_table(f"{describe(address)}, {asked.leads:,} leads", rows)
                print("\n" + "\n\n".join(plans), flush=True)
                is_over = is_over or any(row.is_over for row in rows)
    return 1 if is_over else 0


def _catch_up(crm: Crm) -> None:
    """Let the finder of similar leads keep what it looks at."""
    from crmkit_duplicates.domains import catch_up  # noqa: PLC0415  (of a plugin)

    while True:
        with crm.work() as uow:
            if not catch_up(uow, 10_000):
                return


def _measure(url: str) -> tuple[list[Measured], list[str]]:
    crm = open_for(url, PLUGINS)
    gc.collect()
    gc.freeze()
    try:
        lives = _Lives(crm, sign_people_in(crm).all_id)
        works = (lives.duplicates, lives.merge, lives.past, lives.today)
        rows = [work() for work in works]
        plans = [plan for one in lives.asked() for plan in _explain(crm, one)]
    finally:
        crm.close()
    return rows, plans


class _Lives:
    """The operations on one database, for a user who sees every lead."""

    def __init__(self, crm: Crm, user_id: int) -> None:
        self.crm, self.user_id = crm, user_id
        with crm.read() as uow:
            still_open = select(Lead.id).where(
                Lead.status == "open", Lead.deleted_at.is_(None)
            )
            self.ids = list(uow.session.scalars(still_open.order_by(Lead.id)))
        # The same leads at every run.
        Random(4711).shuffle(self.ids)  # noqa: S311
        self.next = 0

    def _take(self, count: int) -> list[int]:
        """The next leads, none of which was asked for before."""
        self.next += count
        return self.ids[self.next - count : self.next]

    def duplicates(self) -> Measured:
        """The leads that are like one, in a unit that has it already."""
        times = []
        with self.crm.read(self.user_id) as uow:
            for number in self._take(TIMES * 3):
                lead = get_lead(uow, number)
                times.append(take_time(partial(duplicates_of, uow, lead)))
        return _judged("leads like one", times[3:], "duplicates")

    def merge(self) -> Measured:
        """Five leads become one, with the commit; what was merged is parted again."""
        times = []
        for _ in range(TIMES):
            ids = self._take(MERGED)
            made: list[int] = []
            times.append(take_time(partial(self._merge, ids, made)))
            with self.crm.work(self.user_id) as uow:
                unmerge_leads(uow, get_merge(uow, made[0]))
        return _judged("merge of five", times[3:], "merge")

    def _merge(self, ids: Sequence[int], made: list[int]) -> None:
        with self.crm.work(self.user_id) as uow:
            made.append(merge_leads(uow, MergeDraft(ids=tuple(ids))).merge_id or 0)

    def past(self) -> Measured:
        """The board as it was."""
        row = alone(f"board as of {DAYS_AGO} days ago", self._read_past, TIMES // 3)
        return _judged(row.name, row.ours, "past")

    def _read_past(self) -> object:
        with self.crm.read(self.user_id) as uow:
            return as_of(uow, uow.now() - timedelta(days=DAYS_AGO), BoardQuery())

    def today(self) -> Measured:
        """What somebody has to do, of two thousand leads that are his."""
        row = alone("Today", self._read_today, TIMES)
        return _judged(row.name, row.ours, "today")

    def _read_today(self) -> object:
        with self.crm.read(self.user_id) as uow:
            return read_today(uow)

    def asked(self) -> Iterator[tuple[str, Callable[[], object]]]:
        """Each operation once more, to look at what it asks."""
        (number,) = self._take(1)

        def like_one() -> object:
            with self.crm.read(self.user_id) as uow:
                return duplicates_of(uow, get_lead(uow, number))

        yield "Leads like one", like_one
        yield "Merge of five", lambda: self._merge(self._take(MERGED), [])
        yield "Board as of a day", self._read_past
        yield "Today", self._read_today


def _judged(name: str, times: Sequence[float], bar: str) -> Measured:
    return Measured(name, list(times), bar=BARS[bar])


@contextmanager
def _noted(crm: Crm) -> Iterator[list[tuple[str, Any]]]:
    """What is asked while the block runs, with the values."""
    noted: list[tuple[str, Any]] = []

    def note(
        _connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any
    ) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH", "UPDATE", "DELETE")):
            noted.append((statement, values))

    event.listen(crm.engine, "before_cursor_execute", note)
    try:
        yield noted
    finally:
        event.remove(crm.engine, "before_cursor_execute", note)


def _explain(crm: Crm, asked: tuple[str, Callable[[], object]]) -> Iterator[str]:
    """The plan of each statement of an operation, the same statement once."""
    name, work = asked
    with _noted(crm) as noted:
        work()
    dialect = crm.engine.dialect.name
    seen = {statement: values for statement, values in noted}  # noqa: C416  (the last)
    yield f"#### {name}: {len(noted)} statements"
    with crm.engine.connect() as connection:
        for statement, values in seen.items():
            one = values[0] if isinstance(values, list) else values
            found = connection.exec_driver_sql(_EXPLAIN[dialect] + statement, one)
            lines = [str(row[-1]) for row in found]
            shown = " ".join(statement.split())[:200]
            yield "\n".join([f"`{shown}`", "```", *lines, "```"])


if __name__ == "__main__":
    sys.exit(main())
