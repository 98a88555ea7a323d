"""Workers: who runs jobs, and when each was last heard of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import String, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base

if TYPE_CHECKING:
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "Worker",
    "WorkersSeen",
    "forget_worker",
    "is_first_worker",
    "note_worker",
    "workers_seen",
]

SILENT_AFTER = timedelta(seconds=60)
_FORGOTTEN_AFTER = timedelta(days=1)


class Worker(Base):
    """A process that runs jobs. One that ends takes its row away, one that dies not."""

    __tablename__ = "worker"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class WorkersSeen:
    """How many workers were heard of in the last minute, and when the last one was."""

    alive: int
    last: datetime | None

    @property
    def are_silent(self) -> bool:
        """Whether there were workers, none of which is heard of any more."""
        return self.last is not None and not self.alive


def note_worker(uow: UnitOfWork, name: str) -> None:
    """Write that the worker of that name lives; what is a day old is forgotten."""
    now = uow.now()
    dialect = uow.session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    uow.session.execute(
        insert(Worker)
        .values(name=name, started_at=now, seen_at=now)
        .on_conflict_do_update(index_elements=["name"], set_={"seen_at": now})
    )
    uow.session.execute(
        delete(Worker)
        .where(Worker.seen_at < now - _FORGOTTEN_AFTER)
        .execution_options(synchronize_session=False)
    )


def forget_worker(uow: UnitOfWork, name: str) -> None:
    """Take note that the worker of that name ends as it should."""
    uow.session.execute(
        delete(Worker)
        .where(Worker.name == name)
        .execution_options(synchronize_session=False)
    )


def workers_seen(uow: UnitOfWork) -> WorkersSeen:
    """Whether workers live, as far as they were heard of."""
    is_alive = Worker.seen_at > uow.now() - SILENT_AFTER
    alive, last = uow.session.execute(
        select(func.count().filter(is_alive), func.max(Worker.seen_at))
    ).one()
    return WorkersSeen(alive, last)


def is_first_worker(uow: UnitOfWork, name: str) -> bool:
    """Whether the worker of that name is the oldest of those that live."""
    is_alive = Worker.seen_at > uow.now() - SILENT_AFTER
    query = select(Worker.name).where(is_alive).order_by(Worker.id).limit(1)
    return uow.session.scalar(query) == name
