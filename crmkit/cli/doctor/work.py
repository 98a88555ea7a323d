"""Work in the background that is not done: workers, jobs, schedules, pauses."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from crmkit.cli.doctor.problem import Problem, counted
from crmkit.core import current_pause, unfinished_work

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit.app import Crm
    from crmkit.core import UnfinishedWork

LATE_AFTER = timedelta(minutes=10)
_START = "Start crmkit worker, or crmkit serve on SQLite."


def find_work_undone(crm: Crm) -> Iterator[Problem]:
    """Jobs that wait for nobody, failed, or are late; and what was switched off."""
    with crm.read() as uow:
        pause = current_pause(uow)
        running = {one.id for one in crm.plugins.active()} - uow.hooks.disabled
        found = unfinished_work(uow, uow.now() - LATE_AFTER, running)
    if pause is not None:
        since = f"{pause.since:%Y-%m-%d %H:%M} UTC"
        sentence = f"Sending and schedules are off since {since}. {pause.reason}"
        remedy = "crmkit db resume switches them on."
        yield Problem("sending", sentence, remedy)
    else:
        yield from _workers(found)
    if found.failed:
        sentence = f"{counted(found.failed, 'job')} failed in the last 30 days."
        remedy = "See crmkit jobs list --state failed; crmkit jobs retry tries again."
        yield Problem("jobs", sentence, remedy)
    if found.absent:
        names = ", ".join(found.absent)
        sentence = f"Jobs wait for plugins that are not there: {names}."
        remedy = "Install or enable them, or cancel the jobs."
        yield Problem("jobs", sentence, remedy)


def _workers(found: UnfinishedWork) -> Iterator[Problem]:
    counts = ((found.late_jobs, "job"), (found.late_schedules, "schedule"))
    late = [counted(number, noun) for number, noun in counts if number]
    if found.workers.alive and late:
        sentence = f"{' and '.join(late)} should have run ten minutes ago or more."
        yield Problem("worker", sentence, "Start more workers: crmkit worker.")
    elif found.workers.are_silent:
        last = f"{found.workers.last:%Y-%m-%d %H:%M} UTC"
        yield Problem("worker", f"None was heard of since {last}.", _START)
    elif late:
        sentence = f"None runs; late are {' and '.join(late)}."
        yield Problem("worker", sentence, _START)
