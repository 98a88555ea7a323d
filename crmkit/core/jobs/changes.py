"""What people do to jobs: cancel one, and try one again that failed."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from sqlalchemy import delete, or_, select

from crmkit.core.errors import CrmError, mark
from crmkit.core.queue import Job, JobState, tell_queue

if TYPE_CHECKING:
    from datetime import datetime

    from crmkit.core.uow import UnitOfWork


class NotCancellableError(CrmError):
    """The job has ended already."""

    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(mark("This job has ended; there is nothing to cancel."))


class NotFailedError(CrmError):
    """Only a job that failed or was cancelled can be tried again."""

    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(
            mark("Only a job that failed or was cancelled can be tried again.")
        )


def cancel_job(uow: UnitOfWork, job: Job) -> None:
    """Cancel a job: at once if it waits, at its next step if it runs.

    What it has done stays done.
    """
    if job.state is JobState.WAITING:
        job.state, job.finished_at = JobState.CANCELLED, uow.now()
    elif job.state is not JobState.RUNNING:
        raise NotCancellableError
    job.cancel_asked_at = uow.now()
    uow.session.flush()


def retry_job(uow: UnitOfWork, job: Job) -> None:
    """Let a job that failed or was cancelled go on from where it was, now."""
    if job.state not in {JobState.FAILED, JobState.CANCELLED}:
        raise NotFailedError
    job.state, job.attempts, job.due_at = JobState.WAITING, 0, uow.now()
    job.cancel_asked_at = job.finished_at = job.error = job.trace = None
    job.started_at = job.started_at or uow.now()
    uow.session.flush()
    tell_queue(uow.session, job.id, job.due_at)


def purge_jobs(
    uow: UnitOfWork, done_before: datetime, failed_before: datetime, *, limit: int
) -> int:
    """Remove jobs that ended before then; how many there were, `limit` at most."""
    old = (
        select(Job.id)
        .where(
            or_(
                Job.state.in_([JobState.DONE, JobState.CANCELLED])
                & (Job.finished_at < done_before),
                (Job.state == JobState.FAILED) & (Job.finished_at < failed_before),
            )
        )
        .limit(limit)
    )
    ids = uow.session.scalars(old).all()
    uow.session.execute(
        delete(Job).where(Job.id.in_(ids)).execution_options(synchronize_session=False)
    )
    return len(ids)
