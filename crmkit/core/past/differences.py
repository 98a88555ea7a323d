"""What changed in the pipeline between two moments: how it got from one to the other.

What was open at the first, plus what entered, less what was won, lost or left, and
with the amounts that grew and shrank, is what is open at the second, to the cent.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    desc,
    func,
    not_,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import aliased

from crmkit.core.errors import CrmError, mark
from crmkit.core.events import LeadPast
from crmkit.core.leads import Lead
from crmkit.core.past.rows import held_at, narrowed
from crmkit.core.types import Money

if TYPE_CHECKING:
    from datetime import datetime

    from crmkit.core.board import BoardQuery
    from crmkit.core.uow import UnitOfWork


class Difference(StrEnum):
    """What became of a lead between two moments."""

    ENTERED = "entered"
    WON = "won"
    LOST = "lost"
    LEFT = "left"
    MOVED = "moved"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Flow:
    """How many leads, and their sum in the base currency, or by how much it changed.

    `without_rate` of them have no amount in it.
    """

    count: int = 0
    base: Decimal = Decimal(0)
    without_rate: int = 0


@dataclass(frozen=True, slots=True)
class ChangedLead:
    """A lead and what became of it; what is empty `before` was not there then."""

    lead_id: int
    name: str
    differences: tuple[Difference, ...]
    stage_id_before: int | None
    stage_id_after: int | None
    base_before: Decimal | None
    base_after: Decimal | None
    owner_id: int | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What was open, what became of it, what is open, and the largest leads of it."""

    start: datetime
    end: datetime
    open_before: Flow
    open_after: Flow
    flows: dict[Difference, Flow]
    leads: tuple[ChangedLead, ...]


class TurnedAroundError(CrmError):
    """The first moment comes after the second."""

    def __init__(self) -> None:
        super().__init__(mark("The first day comes after the last."), field="from")


def changes_between(
    uow: UnitOfWork,
    start: datetime,
    end: datetime,
    query: BoardQuery,
    only: Difference | None = None,
) -> Changes:
    """What changed from `start` to `end`, of the leads of `query`.

    It names `query.limit` leads, those with the largest amounts first, and only those
    to which `only` happened. Raises TurnedAroundError.
    """
    if start > end:
        raise TurnedAroundError
    both = _Both(uow, start, end, query)
    rows = uow.session.execute(both.select_leads(only).limit(query.limit))
    return Changes(
        start,
        end,
        _open_at(uow, start, query),
        _open_at(uow, end, query),
        _flows(uow, both),
        tuple(_changed(row) for row in rows),
    )


def _open_at(uow: UnitOfWork, moment: datetime, query: BoardQuery) -> Flow:
    asked = select(
        func.count(),
        func.sum(LeadPast.base_revenue),
        func.count() - func.count(LeadPast.base_revenue),
    ).where(
        held_at(LeadPast, moment),
        _is_shown(LeadPast),
        LeadPast.status == "open",
        narrowed(uow, query, LeadPast),
    )
    return _flow(uow.session.execute(asked).one())


def _flow(row: Any) -> Flow:
    count, base, without_rate = row
    return Flow(count or 0, base or Decimal(0), without_rate or 0)


def _is_shown(past: type[LeadPast]) -> ColumnElement[bool]:
    return and_(
        past.is_deleted.is_(False),
        past.is_archived.is_(False),
        past.kind == "opportunity",
    )


class _Both:
    """Each lead that changed, as it was at the start and at the end."""

    def __init__(
        self, uow: UnitOfWork, start: datetime, end: datetime, query: BoardQuery
    ) -> None:
        then, now = aliased(LeadPast), aliased(LeadPast)
        changed = (
            select(LeadPast.lead_id)
            .where(LeadPast.from_at > start, LeadPast.from_at <= end)
            .distinct()
            .subquery()
        )
        self.joined = (
            select()
            .select_from(changed)
            .join(now, and_(now.lead_id == changed.c.lead_id, held_at(now, end)))
            .outerjoin(
                then, and_(then.lead_id == changed.c.lead_id, held_at(then, start))
            )
        )
        self.then, self.now = then, now
        was_in = and_(then.id.is_not(None), _is_shown(then), narrowed(uow, query, then))
        was_open = and_(was_in, then.status == "open")
        is_in = and_(_is_shown(now), narrowed(uow, query, now))
        # Closed before and still: nothing came in, whatever else was changed of it.
        is_news = or_(then.id.is_(None), then.status != now.status)
        is_new = and_(is_in, not_(was_open), or_(now.status == "open", is_news))
        counts = or_(was_open, is_new)
        self.flags: dict[Difference, ColumnElement[bool]] = {
            Difference.ENTERED: is_new,
            Difference.WON: and_(is_in, counts, now.status == "won"),
            Difference.LOST: and_(is_in, counts, now.status == "lost"),
            Difference.LEFT: and_(was_open, not_(is_in)),
            Difference.MOVED: and_(
                was_open, is_in, now.status == "open", now.stage_id != then.stage_id
            ),
            Difference.UP: and_(was_open, is_in, _sum_of(now) > _sum_of(then)),
            Difference.DOWN: and_(was_open, is_in, _sum_of(now) < _sum_of(then)),
        }

    def amount(self, difference: Difference) -> Any:
        """What a difference is worth: the amount then, now, or between the two."""
        if difference is Difference.LEFT:
            return self.then.base_revenue
        if difference is Difference.UP:
            return _sum_of(self.now) - _sum_of(self.then)
        if difference is Difference.DOWN:
            return _sum_of(self.then) - _sum_of(self.now)
        return self.now.base_revenue

    def select_leads(self, only: Difference | None) -> Select[Any]:
        """The statement of the leads that changed, the largest first."""
        flags = [
            case((flag, 1), else_=0).label(difference)
            for difference, flag in self.flags.items()
        ]
        wanted = or_(*self.flags.values()) if only is None else self.flags[only]
        largest = func.coalesce(self.now.base_revenue, self.then.base_revenue, 0)
        return (
            self.joined.add_columns(
                self.now.lead_id,
                Lead.name,
                self.then.stage_id.label("stage_id_before"),
                self.now.stage_id.label("stage_id_after"),
                self.then.base_revenue.label("base_before"),
                self.now.base_revenue.label("base_after"),
                self.now.owner_id,
                *flags,
            )
            .join(Lead, Lead.id == self.now.lead_id)
            .where(wanted)
            .order_by(desc(largest), self.now.lead_id)
        )


def _sum_of(past: type[LeadPast]) -> ColumnElement[Decimal]:
    """What a lead adds to a sum: nothing where its rate is missing."""
    return func.coalesce(past.base_revenue, 0)


def _flows(uow: UnitOfWork, both: _Both) -> dict[Difference, Flow]:
    columns: list[Any] = []
    for difference, flag in both.flags.items():
        amount = both.amount(difference)
        is_bare = and_(flag, amount.is_(None))
        columns += [
            func.sum(case((flag, 1), else_=0)),
            type_coerce(func.sum(case((flag, amount))), Money),
            func.sum(case((is_bare, 1), else_=0)),
        ]
    row = tuple(uow.session.execute(both.joined.add_columns(*columns)).one())
    return {
        difference: _flow(row[3 * at : 3 * at + 3])
        for at, difference in enumerate(both.flags)
    }


def _changed(row: Any) -> ChangedLead:
    values = row._mapping  # noqa: SLF001  (a row's public mapping is named so)
    own = {
        name: values[name]
        for name in ChangedLead.__dataclass_fields__
        if name != "differences"
    }
    happened = tuple(each for each in Difference if values[each.value])
    return ChangedLead(**own, differences=happened)
