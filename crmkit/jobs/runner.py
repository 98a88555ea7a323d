"""Running jobs: claim one, let its handler work, write down how it ended."""

from __future__ import annotations

import logging
import os
import socket
import traceback
from datetime import timedelta
from time import perf_counter, sleep
from typing import TYPE_CHECKING
from uuid import uuid4

from crmkit.core import CrmError, Job, JobState, Trace, get_job, tracing
from crmkit.core.jobs.claiming import (
    attempts_of,
    claim,
    end,
    give_back,
    put_off,
    sentence_with_parts,
    take_back,
)
from crmkit.core.queue import tell_queue
from crmkit.jobs.errors import (
    CancelledError,
    LostError,
    NeverEndsError,
    PausedError,
    UnknownJobError,
)
from crmkit.jobs.heartbeat import kept
from crmkit.jobs.kinds import find_kind, running_plugins
from crmkit.jobs.run import JobRun, lease_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

    from crmkit.app import Crm
    from crmkit.hooks import JobKind

log = logging.getLogger("crmkit.jobs")

_FOLLOW_SECONDS = 0.2
_FIRST_WAIT = 15
_LONGEST_WAIT = 3600
_TIMES = 4


def wait_after(attempts: int) -> timedelta:
    """How long a job waits that has failed so often: 15 s, 1, 4, 16 min, 1 h."""
    return timedelta(seconds=min(_FIRST_WAIT * _TIMES ** (attempts - 1), _LONGEST_WAIT))


def worker_name() -> str:
    """A name for one claim of this process, never given twice."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{uuid4().hex[:12]}"


def claim_next(crm: Crm, job_id: int | None = None) -> Job | None:
    """The job that is due for longest, or that of `job_id` if it is due; now ours."""
    with crm.work() as uow:
        for left in take_back(uow):
            tell_queue(uow.session, left, None)
        until = uow.now() + lease_of(crm)
        plugins = running_plugins(crm, uow)
        return claim(uow, worker_name(), until, plugins, job_id=job_id)


def run_due(crm: Crm, *, stop: Event | None = None) -> list[int]:
    """Run in this process every job that is due; the ids of those that ran."""
    ran: list[int] = []
    while stop is None or not stop.is_set():
        job = claim_next(crm)
        if job is None:
            break
        run_claimed(crm, job, stop=stop)
        ran.append(job.id)
    return ran


def run_here(
    crm: Crm, job_id: int, watch: Callable[[int, int | None], None] | None = None
) -> Job:
    """One job as it stands after it was run in this process, or by who has it already.

    `watch` is called with what is done and the total, each time it gets on. Where this
    process is interrupted the job waits for the next worker.
    """
    while True:
        claimed = claim_next(crm, job_id)
        if claimed is not None:
            try:
                run_claimed(crm, claimed, watch=watch)
            except KeyboardInterrupt:
                _give_back(crm, claimed)
                raise
        with crm.read() as uow:
            job = get_job(uow, job_id)
        if job.state is not JobState.RUNNING:
            return job
        if watch is not None:
            watch(job.done, job.total)
        sleep(_FOLLOW_SECONDS)


def run_claimed(
    crm: Crm,
    job: Job,
    *,
    stop: Event | None = None,
    watch: Callable[[int, int | None], None] | None = None,
) -> None:
    """Run a job that was claimed, and write down how it ended."""
    run = JobRun(crm, job, stop, watch, dict(job.checkpoint))
    kind = find_kind(crm, job.name)
    # What it says goes under the id of the request that asked for it.
    with tracing(Trace(job.request_id or uuid4().hex, job_id=job.id)):
        started = perf_counter()
        _run(crm, kind, run)
        _log_end(job, perf_counter() - started)


def _log_end(job: Job, seconds: float) -> None:
    facts = {"job": job.name, "ms": round(seconds * 1000, 1)}
    log.info("The run of %(job)s took %(ms)s ms", facts, extra=facts)


def _run(crm: Crm, kind: JobKind | None, run: JobRun) -> None:
    job = run.job
    try:
        with kept(crm, job):
            _start(kind, run)
    except LostError:
        log.warning("Job %s (%s) was taken over.", job.id, job.name)
    except CancelledError:
        _close(crm, job, JobState.CANCELLED)
    except PausedError:
        _give_back(crm, job)
    except Exception as error:  # noqa: BLE001  (whatever it is, it is written down)
        _fail(crm, job, kind, error)
    else:
        if not run.is_over:
            _close(crm, job, JobState.DONE)


def _start(kind: JobKind | None, run: JobRun) -> None:
    if kind is None:
        raise UnknownJobError(run.job.name)
    if run.job.attempts > kind.max_attempts:
        raise NeverEndsError(run.job.attempts - 1)
    kind.run(run)


def _fail(crm: Crm, job: Job, kind: JobKind | None, error: Exception) -> None:
    """Put a job off that may be tried again, or let it be failed."""
    trace = "".join(traceback.format_exception(error))
    if not isinstance(error, CrmError):
        log.error("Job %s (%s) failed.", job.id, job.name, exc_info=error)
    with crm.work() as uow:
        attempts = attempts_of(uow, job)
        if not _is_tried_again(kind, attempts, error):
            told = sentence_with_parts(error)
            end(uow, job, JobState.FAILED, error=told, trace=trace)
            return
        due_at = uow.now() + wait_after(attempts)
        if put_off(uow, job, due_at, error, trace):
            tell_queue(uow.session, job.id, due_at)


def _is_tried_again(kind: JobKind | None, attempts: int, error: Exception) -> bool:
    if kind is None or attempts >= kind.max_attempts:
        return False
    return kind.retries_refusals or not isinstance(error, CrmError)


def _close(crm: Crm, job: Job, state: JobState) -> None:
    with crm.work() as uow:
        end(uow, job, state)


def _give_back(crm: Crm, job: Job) -> None:
    with crm.work() as uow:
        if give_back(uow, job):
            tell_queue(uow.session, job.id, None)
