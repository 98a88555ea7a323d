"""Today: what somebody has to do, is late with, has done, and what waits for him."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal  # noqa: TC003  (a dataclass that pages read)
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, false, func, or_, select

from crmkit.core.activities import Activity, NextActivity, describe
from crmkit.core.clock import start_of_day
from crmkit.core.leads import Lead, visible
from crmkit.core.leads.table import WAITING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "Agenda",
    "Due",
    "Waiting",
    "read_today",
]

_DAY = timedelta(days=1)
WEEK = timedelta(days=7)
NEW = timedelta(days=30)
MOST = 50
MOST_WAITING = 20


@dataclass(frozen=True, slots=True)
class Due:
    """An activity of the agenda, with what its row tells of the lead."""

    activity: NextActivity
    done_at: datetime | None
    lead_id: int
    lead_name: str
    company_name: str | None
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A lead that waits: too long in its stage, or new and nobody did anything."""

    id: int
    name: str
    company_name: str | None
    amount: Decimal
    currency: str
    stage_name: str
    since: datetime
    days: int


@dataclass(frozen=True, slots=True)
class Agenda:
    """The actor's day. Each list holds the first rows; `late_count` counts them all."""

    late: Sequence[Due]
    late_count: int
    today: Sequence[Due]
    tomorrow: Sequence[Due]
    week: Sequence[Due]
    done: Sequence[Due]
    new: Sequence[Waiting]
    rotting: Sequence[Waiting]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do, nor anything done."""
        rows = (self.late, self.today, self.tomorrow, self.week, self.done)
        return not any((*rows, self.new, self.rotting))


_COLUMNS = (
    Activity.id,
    Activity.type,
    Activity.summary,
    Activity.due_on,
    Activity.due_at,
    Activity.done_at,
    Lead.id,
    Lead.name,
    Lead.company_name,
    Lead.expected_revenue,
    Lead.currency,
)


def read_today(uow: UnitOfWork) -> Agenda:
    """What the actor has to do: late, today, in the next seven days; done today.

    And his open leads that wait: new ones that nobody did anything for yet, and
    those that stand in their stage for longer than it allows.
    """
    today, zone = uow.today(), uow.settings.zone
    begin = start_of_day(today, zone)
    end = start_of_day(today + WEEK + timedelta(days=1), zone)
    mine = and_(Activity.owner_id == uow.actor.id, Activity.deleted_at.is_(None))
    to_do = and_(mine, Activity.done_at.is_(None))
    near = (today, today + _DAY)
    late = and_(to_do, Activity.due_from < begin)
    coming = and_(to_do, Activity.due_from >= begin, Activity.due_from < end)
    done = and_(mine, Activity.done_at >= begin)
    soon = _rows(uow, coming, Activity.due_from, 4 * MOST)
    found = _rows(uow, late, Activity.due_from, MOST)
    stages = uow.catalogue.stages
    names = {stage.id: stage.name for stage in stages}
    limits = {one.id: one.rotting_days for one in stages if one.rotting_days}
    return Agenda(
        late=found,
        late_count=len(found) if len(found) < MOST else _count(uow, late),
        today=[one for one in soon if one.activity.due_on == today],
        tomorrow=[one for one in soon if one.activity.due_on == near[1]],
        week=[one for one in soon if one.activity.due_on not in near],
        done=_rows(uow, done, Activity.done_at.desc(), MOST),
        new=_waiting(uow, _is_new(uow), _CAME, names),
        rotting=_waiting(uow, _is_rotting(uow, limits), Lead.stage_entered_at, names),
    )


def _rows(
    uow: UnitOfWork, criterion: ColumnElement[bool], order: Any, limit: int
) -> list[Due]:
    rows = uow.session.execute(
        select(*_COLUMNS)
        .join(Lead, Lead.id == Activity.lead_id)
        .where(criterion, visible(uow), Lead.archived_at.is_(None))
        .order_by(order, Activity.id)
        .limit(limit)
    )
    today, known = uow.today(), uow.catalogue.activity_types
    return [
        Due(
            describe(row[0], (row[1], row[2]), (row[3], row[4]), today, known), *row[5:]
        )
        for row in rows
    ]


def _count(uow: UnitOfWork, criterion: ColumnElement[bool]) -> int:
    found = uow.session.scalar(
        select(func.count())
        .select_from(Activity)
        .join(Lead, Lead.id == Activity.lead_id)
        .where(criterion, visible(uow), Lead.archived_at.is_(None))
    )
    return found or 0


_CAME = func.coalesce(Lead.assigned_at, Lead.created_at)
"""When a lead came to its owner."""


def _is_new(uow: UnitOfWork) -> ColumnElement[bool]:
    """Came to the actor lately, and nothing was ever planned for it."""
    nothing = ~exists().where(Activity.lead_id == Lead.id)
    return and_(Lead.next_activity_at.is_(None), uow.now() - NEW <= _CAME, nothing)


def _is_rotting(uow: UnitOfWork, limits: Mapping[int, int]) -> ColumnElement[bool]:
    """In its stage for longer than `limits`, by the stage's id, allow in days."""
    if not limits:
        return false()
    now = uow.now()
    too_long = [
        and_(
            Lead.stage_id == stage_id, Lead.stage_entered_at < now - (limit + 1) * _DAY
        )
        for stage_id, limit in limits.items()
    ]
    # The index of what waits is read from here backwards, until there is enough.
    earliest = now - (min(limits.values()) + 1) * _DAY
    return and_(Lead.stage_entered_at < earliest, or_(*too_long))


def _waiting(
    uow: UnitOfWork,
    criterion: ColumnElement[bool],
    since: Any,
    stages: Mapping[int, str],
) -> list[Waiting]:
    rows = uow.session.execute(
        select(
            Lead.id,
            Lead.name,
            Lead.company_name,
            Lead.expected_revenue,
            Lead.currency,
            Lead.stage_id,
            since,
        )
        .where(Lead.owner_id == uow.actor.id, WAITING, criterion)
        .order_by(since.desc(), Lead.id.desc())
        .limit(MOST_WAITING)
    )
    now = uow.now()
    return [
        Waiting(
            number,
            name,
            company,
            amount,
            currency,
            stages.get(stage_id, ""),
            moment,
            (now - moment).days,
        )
        for number, name, company, amount, currency, stage_id, moment in rows
    ]
