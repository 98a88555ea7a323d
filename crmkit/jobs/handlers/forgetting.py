"""What is over is forgotten: answers kept under keys, sign-ins, tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core import forget_answers, forget_sign_ins, forget_tokens
from crmkit.hooks import DailyAt, Every, JobKind, JobSchedule

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmkit.core import UnitOfWork
    from crmkit.jobs.run import JobRun

_BATCH = 500


def _forget(job: JobRun, forget: Callable[[UnitOfWork, int], int]) -> None:
    removed = int(job.checkpoint.get("removed", 0))
    while True:
        with job.work() as uow:
            count = forget(uow, _BATCH)
            removed += count
            job.save(uow, {"removed": removed}, done=removed)
            if count < _BATCH:
                job.finish(uow, {"removed": removed})
                return


def answers(job: JobRun) -> None:
    """Forget what was answered to requests a day ago."""
    _forget(job, forget_answers)


def sign_ins(job: JobRun) -> None:
    """Forget sign-ins that ended, and wrong passwords."""
    _forget(job, forget_sign_ins)


def tokens(job: JobRun) -> None:
    """Forget tokens that ended long ago."""
    _forget(job, forget_tokens)


JOBS = (
    JobKind("forget_answers", answers),
    JobKind("forget_sign_ins", sign_ins),
    JobKind("forget_tokens", tokens),
)
SCHEDULES = (
    JobSchedule("forget_answers", "forget_answers", Every(3600)),
    JobSchedule("forget_sign_ins", "forget_sign_ins", DailyAt(3, 20)),
    JobSchedule("forget_tokens", "forget_tokens", DailyAt(3, 25)),
)
