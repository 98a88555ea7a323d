"""Who does a job: claiming it, holding it, and saying how it ended.

Every statement names the worker that it is for, so that one whose time ran out, and
whose job somebody else took up, cannot write a word about it any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    func,
    or_,
    select,
    text,
    update,
)

from crmkit.core.errors import CrmError, InvalidError
from crmkit.core.pauses import Pause
from crmkit.core.queue import Job, JobState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from crmkit.core.uow import UnitOfWork

_SENTENCE = 2000
_is_held = (
    select(Pause.id)
    .where(Pause.ended_at.is_(None), Pause.since >= Job.created_at)
    .correlate(Job)
    .exists()
)
# Read once and hashed; asked for each job anew, a queue of thousands takes seconds.
_IS_UNTOLD = text("""job.id NOT IN (
    SELECT coalesce((told.args->>'job_id')::bigint, 0) FROM procrastinate_jobs told
    WHERE told.status = 'todo' AND told.task_name = 'run_job'
)""")


def is_runnable(plugins: Collection[str]) -> ColumnElement[bool]:
    """The criterion of jobs that are the core's, or of a plugin that is switched on.

    What was asked for before a restore waits as long as that keeps sending off.
    """
    is_ours = or_(Job.plugin_id.is_(None), Job.plugin_id.in_(plugins))
    return and_(is_ours, ~_is_held)


def has_due(uow: UnitOfWork, plugins: Collection[str]) -> bool:
    """Whether a job is due, or one was left behind by its worker."""
    due = (Job.state == JobState.WAITING) & (Job.due_at <= uow.now())
    found = select(Job.id).where(due, is_runnable(plugins)).limit(1)
    return uow.session.scalar(found) is not None or bool(left_behind(uow))


def left_behind(uow: UnitOfWork) -> Sequence[int]:
    """Ids of running jobs whose worker has not been heard of for too long."""
    return uow.session.scalars(select(Job.id).where(_is_left(uow)).limit(100)).all()


def _is_left(uow: UnitOfWork) -> ColumnElement[bool]:
    return (Job.state == JobState.RUNNING) & (Job.lease_until <= uow.now())


def untold(
    uow: UnitOfWork, before: datetime, plugins: Collection[str]
) -> Sequence[int]:
    """Ids of jobs of PostgreSQL that were due before then and that no worker knows.

    So are those of a plugin that was switched on again, or of a restored database.
    """
    due = (Job.state == JobState.WAITING) & (Job.due_at <= before)
    query = select(Job.id).where(due, is_runnable(plugins), _IS_UNTOLD).limit(500)
    return uow.session.scalars(query).all()


def take_back(uow: UnitOfWork) -> Sequence[int]:
    """Let what was left behind wait again; the ids."""
    # A row that is locked belongs to a worker in the middle of a unit: he lives.
    free = select(Job.id).where(_is_left(uow)).with_for_update(skip_locked=True)
    return uow.session.scalars(
        update(Job)
        .where(Job.id.in_(free))
        .values(state=JobState.WAITING, lease_until=None, worker=None, due_at=uow.now())
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    ).all()


def claim(
    uow: UnitOfWork,
    worker: str,
    until: datetime,
    plugins: Collection[str],
    *,
    job_id: int | None = None,
) -> Job | None:
    """The job that has waited longest, or that of `job_id`: now it is `worker`'s."""
    due = (Job.state == JobState.WAITING) & (Job.due_at <= uow.now())
    query = select(Job.id).where(due, is_runnable(plugins))
    if job_id is not None:
        query = query.where(Job.id == job_id)
    first = (
        query.order_by(Job.due_at, Job.id).limit(1).with_for_update(skip_locked=True)
    )
    return uow.session.scalars(
        update(Job)
        .where(Job.id == first.scalar_subquery(), Job.state == JobState.WAITING)
        .values(
            state=JobState.RUNNING,
            worker=worker,
            lease_until=until,
            attempts=Job.attempts + 1,
            started_at=uow.now(),
        )
        .returning(Job)
        .execution_options(synchronize_session=False)
    ).one_or_none()


_mine = update(_table := Job.__table__).where(  # type: ignore[arg-type]  # it is a Table
    _table.c.id == bindparam("job_id"),
    _table.c.worker == bindparam("by"),
    _table.c.state == JobState.RUNNING,
)
_hold = _mine.values(lease_until=bindparam("until")).returning(_table.c.cancel_asked_at)
_get_on = _mine.values(
    attempts=1,
    checkpoint=bindparam("reached"),
    done=func.coalesce(bindparam("so_far", type_=_table.c.done.type), _table.c.done),
    total=func.coalesce(bindparam("of_all", type_=_table.c.done.type), _table.c.total),
).returning(_table.c.id)


def hold(uow: UnitOfWork, job: Job, until: datetime) -> tuple[bool, datetime | None]:
    """Whether the job is still its worker's, until then; when a cancel was asked."""
    asked = {"job_id": job.id, "by": job.worker, "until": until}
    row = uow.run(_hold, asked).one_or_none()
    return (False, None) if row is None else (True, row.cancel_asked_at)


def keep(uow: UnitOfWork, job: Job, until: datetime) -> None:
    """Let the job be its worker's until then, unless he is writing to it himself."""
    mine = (Job.id == job.id) & (Job.worker == job.worker)
    free = select(Job.id).where(mine).with_for_update(skip_locked=True)
    uow.session.execute(
        update(Job)
        .where(Job.id.in_(free), Job.state == JobState.RUNNING)
        .values(lease_until=until)
        .execution_options(synchronize_session=False)
    )


def save_progress(
    uow: UnitOfWork,
    job: Job,
    checkpoint: Mapping[str, Any],
    *,
    done: int | None,
    total: int | None,
) -> bool:
    """Write how far a job is; whether it was still its worker's."""
    reached = {"reached": dict(checkpoint), "so_far": done, "of_all": total}
    asked = {"job_id": job.id, "by": job.worker, **reached}
    return uow.run(_get_on, asked).one_or_none() is not None


def attempts_of(uow: UnitOfWork, job: Job) -> int:
    """How often a job was started since it last got on."""
    found = uow.session.scalar(select(Job.attempts).where(Job.id == job.id))
    return job.attempts if found is None else found


def give_back(uow: UnitOfWork, job: Job) -> bool:
    """Let a job wait again that was stopped; this attempt is forgotten."""
    values = {"due_at": uow.now(), "attempts": Job.attempts - 1}
    return _let_wait(uow, job, **values)


def put_off(
    uow: UnitOfWork, job: Job, due_at: datetime, error: Exception, trace: str
) -> bool:
    """Let a job wait until `due_at` that failed; whether it was still its worker's."""
    told = sentence_with_parts(error)
    return _let_wait(uow, job, due_at=due_at, error=told, trace=trace)


def _let_wait(uow: UnitOfWork, job: Job, **values: Any) -> bool:
    waiting = {"state": JobState.WAITING, "lease_until": None, "worker": None}
    return _change(uow, job, **waiting, **values) is not None


def end(uow: UnitOfWork, job: Job, state: JobState, **values: Any) -> bool:
    """Close a job as done, failed or cancelled; whether it was still its worker's."""
    closing = {"state": state, "finished_at": uow.now(), "lease_until": None}
    return _change(uow, job, **closing, **values) is not None


def _change(uow: UnitOfWork, job: Job, **values: Any) -> Job | None:
    return uow.session.scalars(
        update(Job)
        .where(
            Job.id == job.id, Job.worker == job.worker, Job.state == JobState.RUNNING
        )
        .values(**values)
        .returning(Job)
        .execution_options(synchronize_session=False)
    ).one_or_none()


def sentence_with_parts(error: Exception) -> dict[str, Any]:
    """What a job keeps of an error: its sentence can still be translated."""
    if isinstance(error, CrmError) and not isinstance(error, InvalidError):
        parts = {name: str(value) for name, value in error.parts.items()}
        return {"sentence": error.sentence, "parts": parts}
    text = " ".join(str(error).split())[:_SENTENCE] or type(error).__name__
    if not isinstance(error, CrmError):
        text = f"{type(error).__name__}: {text}"
    return {"sentence": "{text}", "parts": {"text": text}}
