"""What should have been done in the background and was not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from crmkit.core.jobs.schedules import Schedule
from crmkit.core.queue import Job, JobState
from crmkit.core.workers import WorkersSeen, workers_seen

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstrumentedAttribute

    from crmkit.core.uow import UnitOfWork

FAILED_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class UnfinishedWork:
    """Workers, how many jobs and schedules are late, how many jobs failed lately.

    `absent` are ids of plugins that jobs wait for and that do not run.
    """

    workers: WorkersSeen
    late_jobs: int
    late_schedules: int
    failed: int
    absent: tuple[str, ...]


def unfinished_work(
    uow: UnitOfWork, late: datetime, running: Collection[str]
) -> UnfinishedWork:
    """What was due before `late` and is not done; `running` are ids of plugins."""
    waits = (Job.state == JobState.WAITING) & (Job.due_at < late)
    is_ours = or_(Job.plugin_id.is_(None), Job.plugin_id.in_(running))
    is_late = Schedule.next_due_at < late
    is_mine = or_(
        ~Schedule.name.contains(".", autoescape=True),
        *(Schedule.name.startswith(f"{one}.", autoescape=True) for one in running),
    )
    failed = (Job.state == JobState.FAILED) & (Job.finished_at > uow.now() - FAILED_FOR)
    absent = uow.session.scalars(
        select(Job.plugin_id)
        .where(Job.state == JobState.WAITING, ~is_ours)
        .distinct()
        .order_by(Job.plugin_id)
    )
    return UnfinishedWork(
        workers=workers_seen(uow),
        late_jobs=_count(uow, Job.id, waits & is_ours),
        late_schedules=_count(uow, Schedule.id, is_mine & is_late),
        failed=_count(uow, Job.id, failed),
        absent=tuple(name for name in absent if name is not None),
    )


def _count(
    uow: UnitOfWork,
    column: InstrumentedAttribute[int],
    criterion: ColumnElement[bool],
) -> int:
    return uow.session.scalar(select(func.count(column)).where(criterion)) or 0
