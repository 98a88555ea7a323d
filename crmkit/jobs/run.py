"""What a handler gets: one run of one job, from where the last one stopped."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crmkit.app import Crm, NotSignedInError
from crmkit.core import JobState
from crmkit.core.jobs.claiming import end, hold, save_progress
from crmkit.jobs.errors import ActorGoneError, CancelledError, LostError, PausedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from threading import Event

    from crmkit.core import Job, UnitOfWork


def lease_of(crm: Crm) -> timedelta:
    """So long a job is its worker's after that was last heard of."""
    return timedelta(seconds=crm.settings.job_lease_seconds)


@dataclass(slots=True)
class JobRun:
    """One run of a job. Its work is a sequence of units, each committed by itself.

    `arguments` is what it was asked with. `checkpoint` is what the last `save` wrote,
    empty at first: a run that follows a crash goes on from there. What a unit did and
    the checkpoint that says so are saved in one transaction, so nothing is done twice.
    """

    crm: Crm
    job: Job
    stop: Event | None = None
    watch: Callable[[int, int | None], None] | None = None
    checkpoint: dict[str, Any] = field(default_factory=dict)
    is_over: bool = False

    @property
    def id(self) -> int:
        """The job's id."""
        return self.job.id

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What the job was asked with."""
        return self.job.arguments

    @contextmanager
    def work(self) -> Iterator[UnitOfWork]:
        """A unit to write, as whoever asked for the job; all belong to one change.

        This is where a job stops that was cancelled, or whose worker shall end: the
        units before stay, and what this raises is not for handlers to catch.
        """
        if self.stop is not None and self.stop.is_set():
            raise PausedError
        with ExitStack() as stack:
            uow = self._open(stack, writes=True)
            uow.undoes = self.job.undoes
            self._hold(uow)
            yield uow

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        """A unit to read, as whoever asked for the job."""
        with ExitStack() as stack:
            yield self._open(stack, writes=False)

    def save(
        self,
        uow: UnitOfWork,
        checkpoint: Mapping[str, Any],
        *,
        done: int | None = None,
        total: int | None = None,
    ) -> None:
        """Write, in the unit's transaction, how far the job is.

        `checkpoint` is JSON, all that the next run needs to go on. `done` of `total`
        is what people see.
        """
        if not save_progress(uow, self.job, checkpoint, done=done, total=total):
            raise LostError
        self.checkpoint = dict(checkpoint)
        if self.watch is not None and done is not None:
            self.watch(done, total)

    def finish(self, uow: UnitOfWork, result: Mapping[str, Any] | None = None) -> None:
        """Close the job, in the unit's transaction, with a result that is JSON."""
        kept = None if result is None else dict(result)
        if not end(uow, self.job, JobState.DONE, result=kept):
            raise LostError
        self.is_over = True

    def _open(self, stack: ExitStack, *, writes: bool) -> UnitOfWork:
        who = self.job.actor_id
        unit = (
            self.crm.work(who, change_id=self.job.change_id)
            if writes
            else self.crm.read(who)
        )
        try:
            return stack.enter_context(unit)
        except NotSignedInError as error:
            raise ActorGoneError from error

    def _hold(self, uow: UnitOfWork) -> None:
        is_ours, cancelled = hold(uow, self.job, uow.now() + lease_of(self.crm))
        if not is_ours:
            raise LostError
        if cancelled is not None:
            raise CancelledError
        if self.job.plugin_id in uow.hooks.disabled:
            raise PausedError
