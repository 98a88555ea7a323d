"""Keeping a job while its handler computes or waits for others, between its units."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from crmkit.core.jobs.claiming import keep
from crmkit.jobs.run import lease_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit.app import Crm
    from crmkit.core import Job

log = logging.getLogger("crmkit.jobs")


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
