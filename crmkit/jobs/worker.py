"""A worker: the same code for `crmkit worker` and for the child of `crmkit serve`."""

from __future__ import annotations

import os
import signal
from importlib import import_module
from threading import Event, Thread, Timer
from typing import TYPE_CHECKING

from crmkit.jobs.heartbeat import announced
from crmkit.jobs.runner import worker_name
from crmkit.jobs.watching import watched

if TYPE_CHECKING:
    from types import FrameType

    from crmkit.app import Crm

_GRACE_SECONDS = 20
_STDIN = 0


def work(crm: Crm, stop: Event) -> None:
    """Run jobs and schedules, and watch, on the CRM's database until `stop` is set."""
    is_postgresql = crm.engine.dialect.name == "postgresql"
    name = "crmkit.jobs.queue" if is_postgresql else "crmkit.jobs.embedded"
    worker = worker_name()
    with announced(crm, worker), watched(crm, worker):
        # Each database needs one of the two, and procrastinate is heavy.
        import_module(name).work_until(crm, stop)


def stop_on_signals(stop: Event) -> None:
    """Set `stop` on the first SIGTERM or SIGINT; a second one ends at once."""

    def ask(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)


def stop_with_parent(stop: Event) -> None:
    """Set `stop` when standard input closes: it is a pipe that the parent holds.

    So the worker ends too where the parent was killed and could not say goodbye.
    """

    def wait() -> None:
        while os.read(_STDIN, 1):
            pass
        stop.set()
        last = Timer(_GRACE_SECONDS, os._exit, (1,))
        last.daemon = True
        last.start()

    Thread(target=wait, daemon=True).start()
