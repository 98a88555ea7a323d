"""The operations in process, each with its twin."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crmkit.core import (
    BoardQuery,
    Lead,
    ListQuery,
    as_of,
    days_in_stages,
    get_lead,
    get_lead_with_around,
    get_stage,
    group_leads,
    list_leads,
    list_stages,
    move_lead,
    pipeline,
    timeline_of,
)
from crmkit.testing.counting import statements

from benchmarks.measuring import Measured, alone, compare
from benchmarks.twins.driver import MONEY, PERCENT
from benchmarks.twins.reading import BEHIND, MINE, read_board, read_lead, read_list
from benchmarks.twins.reporting import read_report
from benchmarks.twins.writing import move_lead as move_by_hand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crmkit.app import Crm

    from benchmarks.seeding import Seeded
    from benchmarks.twins.driver import Driver

LIMIT = 80
PAGES = 500
FILTER = "probability >= 20 and owner = me"
SORT = "-expected_revenue"
_TIMES = 40


class Bench:
    """One database with the CRM on it and the plain driver beside it."""

    def __init__(self, crm: Crm, driver: Driver, seeded: Seeded) -> None:
        self.crm, self.driver, self.seeded = crm, driver, seeded

    def compare(
        self,
        name: str,
        ours: Callable[[], object],
        twin: Callable[[], object],
        times: int = _TIMES,
    ) -> Measured:
        """Both measured, and their statements counted."""
        measured = compare(name, ours, twin, times)
        with statements(self.crm) as sent:
            ours()
        before = self.driver.sent
        twin()
        measured.statements = (len(sent), self.driver.sent - before)
        return measured

    def boards(self) -> Iterator[Measured]:
        """The board of everything, and of what a team's member sees."""
        for name, user_id in (
            ("board, role all", self.seeded.all_id),
            ("board, role team", self.seeded.team_id),
        ):

            def ours(user_id: int = user_id) -> object:
                with self.crm.read(user_id) as uow:
                    return pipeline(uow, BoardQuery())

            def twin(user_id: int = user_id) -> object:
                return read_board(self.driver, user_id)

            _check_same(ours(), twin())
            yield self.compare(name, ours, twin)

    def lists(self) -> Iterator[Measured]:
        """80 leads: filtered, all, and a page far down."""
        user_id = self.seeded.all_id
        mine = (20 * PERCENT, user_id)
        yield self._list(
            "list of 80, filter and sort",
            ListQuery(filter=FILTER, sort=SORT, limit=LIMIT),
            (MINE, mine),
        )
        yield self._list(
            "list of 80, sort", ListQuery(sort=SORT, limit=LIMIT), ("", ())
        )
        with self.crm.read(user_id) as uow:
            count = min(PAGES * LIMIT, self._count() // 2)
            page = list_leads(uow, ListQuery(sort=SORT, limit=count))
        last = page.rows[-1]
        amount = int(last.expected_revenue * MONEY)
        yield self._list(
            "list of 80, page 501 by cursor",
            ListQuery(sort=SORT, limit=LIMIT, cursor=page.next_cursor),
            (BEHIND, (amount, amount, last.id)),
        )

    def _count(self) -> int:
        with self.driver.unit():
            return int(self.driver.rows("SELECT count(*) FROM lead")[0][0])

    def _list(
        self, name: str, query: ListQuery, narrowed: tuple[str, tuple[Any, ...]]
    ) -> Measured:
        user_id = self.seeded.all_id

        def ours() -> object:
            with self.crm.read(user_id) as uow:
                return list_leads(uow, query)

        def twin() -> object:
            return read_list(self.driver, user_id, *narrowed, LIMIT)

        page: Any = ours()
        found: Any = twin()
        _check_same(page.rows, tuple(found[0]))
        return self.compare(name, ours, twin)

    def lead(self) -> Measured:
        """All that a lead's page shows."""
        user_id, driver = self.seeded.all_id, self.driver
        ids = iter(self._open_leads() * 3)
        others = iter(self._open_leads() * 3)

        def ours() -> object:
            with self.crm.read(user_id) as uow:
                lead, around = get_lead_with_around(uow, next(ids))
                return (
                    lead,
                    around,
                    uow.catalogue.stages,
                    days_in_stages(uow, lead),
                    timeline_of(uow, lead),
                )

        def twin() -> object:
            return read_lead(driver, user_id, next(others))

        return self.compare("open a lead", ours, twin, 100)

    def report(self) -> Measured:
        """Every team by every stage, counted and summed."""
        user_id = self.seeded.all_id

        def ours() -> list[tuple[str, str, int, int]]:
            with self.crm.read(user_id) as uow:
                groups = group_leads(uow, ListQuery(), ["team", "stage"])
                return sorted(
                    (
                        group.keys[0].label,
                        group.keys[1].label,
                        group.total.count,
                        int(group.total.sum.base * MONEY),
                    )
                    for group in groups
                )

        def twin() -> list[tuple[str, str, int, int]]:
            return read_report(self.driver, user_id)

        _check_same(ours(), twin())
        row = self.compare("report, team by stage", ours, twin)
        row.bar = 0.02
        return row

    def pasts(self) -> Iterator[Measured]:
        """The board as it was, which has a bar and no twin."""
        for days in (0, 30, 200, 350):

            def ours(days: int = days) -> object:
                with self.crm.read(self.seeded.all_id) as uow:
                    return as_of(uow, uow.now() - timedelta(days=days), BoardQuery())

            row = alone(f"board as of {days} days ago", ours, _TIMES // 2)
            row.bar = 0.12
            yield row

    def _open_leads(self) -> list[int]:
        with self.crm.read() as uow:
            query = (
                select(Lead.id)
                .where(Lead.status == "open", Lead.next_activity_id.is_not(None))
                .order_by(Lead.id.desc())
                .limit(300)
            )
            return list(uow.session.scalars(query))

    def move(self) -> Measured:
        """A card dragged into the next column."""
        user_id = self.seeded.all_id
        with self.crm.read() as uow:
            first, second, third, *_ = [stage.id for stage in list_stages(uow)]
            query = (
                select(Lead.id)
                .where(Lead.stage_id == first, Lead.status == "open")
                .limit(400)
            )
            ids = list(uow.session.scalars(query))
        del third
        leads, others = iter(ids[::2]), iter(ids[1::2])

        def ours() -> None:
            with self.crm.work(user_id) as uow:
                lead = get_lead(uow, next(leads))
                move_lead(uow, lead, get_stage(uow, second))

        def twin() -> None:
            move_by_hand(self.driver, user_id, next(others), second)

        return self.compare("move a lead", ours, twin, 100)


def _check_same(ours: object, twin: object) -> None:
    """A twin that answers something else would measure something else."""
    if ours != twin:
        sentence = f"The twin answers something else:\n{ours!r:.2000}\n{twin!r:.2000}"
        raise AssertionError(sentence)
