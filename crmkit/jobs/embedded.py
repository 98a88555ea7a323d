"""The worker of SQLite: it looks for itself whether there is something to do."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from crmkit.core.jobs.claiming import has_due
from crmkit.jobs.kinds import running_plugins
from crmkit.jobs.runner import run_due
from crmkit.jobs.schedules import fire_due

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from threading import Event

    from crmkit.app import Crm

log = logging.getLogger("crmkit.jobs")

_GLANCE_SECONDS = 0.1
_LOOK_SECONDS = 1.0


def work_until(crm: Crm, stop: Event) -> None:
    """Run jobs and schedules as they come due, until `stop` is set."""
    with _seen_commits(crm) as read_version:
        seen, looked_at = -1, 0.0
        while not stop.is_set():
            version, now = read_version(), monotonic()
            if version != seen or now - looked_at >= _LOOK_SECONDS:
                seen, looked_at = version, now
                _look(crm, stop)
            stop.wait(_GLANCE_SECONDS)


def _look(crm: Crm, stop: Event) -> None:
    try:
        fire_due(crm)
        with crm.read() as uow:
            is_due = has_due(uow, running_plugins(crm, uow))
        if is_due:
            run_due(crm, stop=stop)
    except SQLAlchemyError:
        # A locked or full disk passes; whoever watches the log reads of it.
        log.exception("The worker could not look for jobs; it tries again.")


@contextmanager
def _seen_commits(crm: Crm) -> Iterator[Callable[[], int]]:
    """Tells a number that is another one after each commit of others.

    Asking for it reads four bytes of memory and takes no lock, so it may be often.
    """
    raw = crm.engine.raw_connection()
    cursor = raw.cursor()

    def read_version() -> int:
        cursor.execute("PRAGMA data_version")
        row = cursor.fetchone()
        return int(row[0]) if row else 0

    try:
        yield read_version
    finally:
        cursor.close()
        raw.close()
