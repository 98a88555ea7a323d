"""The queue: work to be done later, written in the transaction that asks for it."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base
from crmkit.core.ledger import JOB, note_objects
from crmkit.core.logs import present_trace
from crmkit.core.types import choice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "Job",
    "JobState",
]

_WAITS = text("state = 'waiting'")
_RUNS = text("state = 'running'")
_IS_KEYED = text("state = 'waiting' AND started_at IS NULL AND key IS NOT NULL")
_JSON = JSON(none_as_null=True)
# What procrastinate itself runs to defer a task; importing it would cost a web process
# a second and ten megabytes.
_DEFER = text("""
    SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(
        'crmkit', 'run_job', 0, NULL, NULL,
        jsonb_build_object('job_id', CAST(:job_id AS bigint)),
        CAST(:due_at AS timestamptz)
    )::procrastinate_job_to_defer_v1])
""")


class JobState(StrEnum):
    """How a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(Base):
    """One piece of work: who asked for it, how far it is, and how it ended.

    `attempts` counts the starts since it last got on, `done` of `total` its progress.
    `worker` names whoever runs it, and it is his until `lease_until`. `error` holds a
    sentence and its parts. `request_id` is that of the request that asked for it
    in the log.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index(
            "ix_job_due", "due_at", "id", sqlite_where=_WAITS, postgresql_where=_WAITS
        ),
        Index(
            "ix_job_lease", "lease_until", sqlite_where=_RUNS, postgresql_where=_RUNS
        ),
        Index(
            "uq_job_key",
            "name",
            "key",
            unique=True,
            sqlite_where=_IS_KEYED,
            postgresql_where=_IS_KEYED,
        ),
        Index("ix_job_actor", "actor_id", "id"),
        Index("ix_job_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    key: Mapped[str | None] = mapped_column(String(200))
    plugin_id: Mapped[str | None] = mapped_column(String(24))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("crm_user.id"))
    change_id: Mapped[str] = mapped_column(String(32))
    undoes: Mapped[str | None] = mapped_column(String(32))
    request_id: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[JobState] = mapped_column(choice(JobState))
    done: Mapped[int]
    total: Mapped[int | None]
    checkpoint: Mapped[dict[str, Any]] = mapped_column(JSON)
    result: Mapped[dict[str, Any] | None] = mapped_column(_JSON)
    attempts: Mapped[int]
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    worker: Mapped[str | None] = mapped_column(String(120))
    cancel_asked_at: Mapped[datetime | None]
    error: Mapped[dict[str, Any] | None] = mapped_column(_JSON)
    trace: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


def enqueue(
    uow: UnitOfWork,
    name: str,
    arguments: Mapping[str, Any],
    *,
    key: str | None = None,
    due_at: datetime | None = None,
) -> int:
    """The id of a job that is done once the unit is committed, and `due_at` has come.

    While a job of that name and `key` waits, there is no second one: its id is given.
    Raises TypeError where an argument is no JSON.
    """
    json.dumps(arguments)
    if key is not None:
        waiting = _waiting_with(uow, name, key)
        if waiting is not None:
            return waiting
    plugin_id, _, verb = name.rpartition(".")
    if plugin_id and verb:
        note_objects(uow.session.connection(), plugin_id, JOB, [name])
    new = _insert(uow, _row(uow, name, arguments, key=key, due_at=due_at or uow.now()))
    if new is None:
        # Somebody made the same one in this moment, and his unit has committed.
        return enqueue(uow, name, arguments, key=key, due_at=due_at)
    tell_queue(uow.session, new, due_at)
    return new


def tell_queue(session: Session, job_id: int, due_at: datetime | None) -> None:
    """Let workers of PostgreSQL know, in this transaction, that a job is to be done.

    Those of SQLite look for themselves.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_DEFER, {"job_id": job_id, "due_at": due_at})


def _waiting_with(uow: UnitOfWork, name: str, key: str) -> int | None:
    return uow.session.scalar(
        select(Job.id)
        .where(Job.name == name, Job.key == key, Job.state == JobState.WAITING)
        .order_by(Job.id)
        .limit(1)
    )


def _row(
    uow: UnitOfWork,
    name: str,
    arguments: Mapping[str, Any],
    *,
    key: str | None,
    due_at: datetime,
) -> dict[str, Any]:
    plugin_id, _, verb = name.rpartition(".")
    trace = present_trace()
    return {
        "name": name,
        "arguments": dict(arguments),
        "key": key,
        "plugin_id": plugin_id or None if verb else None,
        "actor_id": uow.actor.id,
        "change_id": uow.change_id,
        "undoes": uow.undoes,
        "request_id": None if trace is None else trace.id,
        "state": JobState.WAITING,
        "done": 0,
        "checkpoint": {},
        "attempts": 0,
        "due_at": due_at,
        "created_at": uow.now(),
    }


def _insert(uow: UnitOfWork, row: dict[str, Any]) -> int | None:
    dialect = uow.session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = (
        insert(Job)
        .values(row)
        .on_conflict_do_nothing(index_elements=["name", "key"], index_where=_IS_KEYED)
        .returning(Job.id)
    )
    return uow.session.scalar(statement)
