"""Signs of life: of a worker, and of one job while its handler computes or waits."""

from __future__ import annotations

import logging
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from crmkit.core import forget_worker, note_worker
from crmkit.core.jobs.claiming import keep
from crmkit.jobs.run import lease_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit.app import Crm
    from crmkit.core import Job

log = logging.getLogger("crmkit.jobs")

_SEEN_SECONDS = 10.0


@contextmanager
def announced(crm: Crm, name: str) -> Iterator[None]:
    """While the block runs everybody can see that the worker of that name lives."""
    is_over = Event()
    _announce(crm, name)
    beating = Thread(target=_announce_until, args=(crm, name, is_over), daemon=True)
    beating.start()
    try:
        yield
    finally:
        is_over.set()
        beating.join()
        with suppress(SQLAlchemyError), crm.work() as uow:
            forget_worker(uow, name)


def _announce_until(crm: Crm, name: str, is_over: Event) -> None:
    while not is_over.wait(_SEEN_SECONDS):
        _announce(crm, name)


def _announce(crm: Crm, name: str) -> None:
    try:
        with crm.work() as uow:
            note_worker(uow, name)
    except SQLAlchemyError:
        log.warning("The worker could not say that it lives.", exc_info=True)


@contextmanager
def kept(crm: Crm, job: Job) -> Iterator[None]:
    """While the block runs the job stays its worker's, however long a step takes."""
    is_over = Event()
    beating = Thread(target=_beat, args=(crm, job, is_over), daemon=True)
    beating.start()
    try:
        yield
    finally:
        is_over.set()
        beating.join()


def _beat(crm: Crm, job: Job, is_over: Event) -> None:
    lease = lease_of(crm).total_seconds()
    while not is_over.wait(lease / 3):
        try:
            with crm.work() as uow:
                keep(uow, job, uow.now() + lease_of(crm))
        except SQLAlchemyError:
            # The next beat comes before the time is over.
            log.warning("Job %s could not be kept for now.", job.id, exc_info=True)
