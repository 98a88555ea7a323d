"""Schedules: rows that say when a job is due again, claimed by whoever comes first."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base
from crmkit.core.ledger import SCHEDULE, note_objects
from crmkit.hooks import Every

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from crmkit.core.uow import UnitOfWork
    from crmkit.hooks import DailyAt, JobSchedule


class Schedule(Base):
    """When a job is due next. `rhythm` is how the declaration said it."""

    __tablename__ = "schedule"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    rhythm: Mapped[str] = mapped_column(String(40))
    next_due_at: Mapped[datetime]
    last_job_id: Mapped[int | None] = mapped_column(
        ForeignKey("job.id", ondelete="SET NULL")
    )


def next_after(
    when: Every | DailyAt, last: datetime, now: datetime, zone: ZoneInfo
) -> datetime:
    """The first moment after `now` at which a schedule, due at `last`, is due again.

    A time of the day that the clocks skip in spring comes as much later; one that
    they show twice in autumn counts once, the first time.
    """
    if isinstance(when, Every):
        step = timedelta(seconds=when.seconds)
        return last + step * max(1, (now - last) // step + 1)
    day = now.astimezone(zone).date() - timedelta(days=1)
    while True:
        local = datetime.combine(day, time(when.hour, when.minute), tzinfo=zone)
        due = local.astimezone(now.tzinfo)
        if due > now:
            return due
        day += timedelta(days=1)


def rhythm_of(when: Every | DailyAt) -> str:
    """How a row remembers what was declared."""
    if isinstance(when, Every):
        return f"every {when.seconds} s"
    return f"daily at {when.hour:02}:{when.minute:02}"


def due_schedules(
    uow: UnitOfWork, declared: Sequence[JobSchedule]
) -> list[JobSchedule]:
    """Those that are due now, have no row yet, or whose rhythm is another now."""
    names = [item.name for item in declared]
    rows = {
        row.name: row
        for row in uow.session.scalars(select(Schedule).where(Schedule.name.in_(names)))
    }
    return [item for item in declared if _is_due(uow, rows.get(item.name), item)]


def _is_due(uow: UnitOfWork, row: Schedule | None, declared: JobSchedule) -> bool:
    if row is None or row.rhythm != rhythm_of(declared.when):
        return True
    return row.next_due_at <= uow.now()


def fire(uow: UnitOfWork, declared: JobSchedule) -> int | None:
    """The id of the job of a schedule that is due, if nobody else was faster.

    A schedule without a row gets one, and is due first when its time comes next.
    """
    now, rhythm = uow.now(), rhythm_of(declared.when)
    row = uow.session.scalars(
        select(Schedule).where(Schedule.name == declared.name)
    ).one_or_none()
    if row is None or row.rhythm != rhythm:
        _plan(uow, declared)
        return None
    seen = row.next_due_at
    following = next_after(declared.when, seen, now, uow.settings.zone)
    claimed = uow.session.scalar(
        update(Schedule)
        .where(
            Schedule.id == row.id,
            Schedule.next_due_at == seen,
            Schedule.next_due_at <= now,
        )
        .values(next_due_at=following)
        .returning(Schedule.id)
        .execution_options(synchronize_session=False)
    )
    if claimed is None:
        return None
    key = f"{declared.name} {seen.isoformat()}"
    job_id = uow.enqueue(declared.job, key=key, **declared.arguments)
    uow.session.execute(
        update(Schedule)
        .where(Schedule.id == row.id)
        .values(last_job_id=job_id)
        .execution_options(synchronize_session=False)
    )
    return job_id


def _plan(uow: UnitOfWork, declared: JobSchedule) -> None:
    now = uow.now()
    plugin_id = declared.name.rpartition(".")[0]
    if plugin_id:
        names = [declared.name]
        note_objects(uow.session.connection(), plugin_id, SCHEDULE, names)
    values = {
        "rhythm": rhythm_of(declared.when),
        "next_due_at": next_after(declared.when, now, now, uow.settings.zone),
    }
    dialect = uow.session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    uow.session.execute(
        insert(Schedule)
        .values(name=declared.name, **values)
        .on_conflict_do_update(index_elements=["name"], set_=values)
    )
