"""Watching: what plugins wait for outside, beside the jobs of one worker."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from crmkit.core.pauses import is_paused
from crmkit.core.workers import is_first_worker
from crmkit.jobs.kinds import declared_watchers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit.app import Crm
    from crmkit.hooks import Watcher

log = logging.getLogger("crmkit.jobs")

_END_SECONDS = 5.0


@contextmanager
def watched(crm: Crm, name: str, look_seconds: float = 5.0) -> Iterator[None]:
    """While the block runs the worker of that name watches, if no older one does.

    Whether it shall, and whether a watcher ended, it looks once in `look_seconds`.
    """
    is_over = Event()
    asked = (crm, name, is_over, look_seconds)
    seeing = Thread(target=_watch_until, args=asked, daemon=True)
    seeing.start()
    try:
        yield
    finally:
        is_over.set()
        seeing.join()


@dataclass(slots=True)
class _Watch:
    """One watcher at work."""

    watcher: Watcher
    crm: Crm
    stop: Event = field(default_factory=Event)
    thread: Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = Thread(target=self._watch, name=self.watcher.name, daemon=True)
        self.thread.start()

    def _watch(self) -> None:
        try:
            self.watcher.watch(self.crm, self.stop)
        except Exception:  # whatever it is, it is begun anew
            log.exception("The watcher %s ended by a mistake.", self.watcher.name)


def _watch_until(crm: Crm, name: str, is_over: Event, look_seconds: float) -> None:
    at_work: dict[str, _Watch] = {}
    while True:
        try:
            wanted = {one.name: one for one in _wanted(crm, name)}
            _settle(crm, at_work, wanted)
        except SQLAlchemyError:
            log.exception("The worker could not look what to watch; it tries again.")
        if is_over.wait(look_seconds):
            break
    _settle(crm, at_work, {})


def _wanted(crm: Crm, name: str) -> list[Watcher]:
    if not any(entry.watchers for entry in crm.plugins.active()):
        return []
    with crm.read() as uow:
        if is_paused(uow) or not is_first_worker(uow, name):
            return []
        return declared_watchers(crm, uow)


def _settle(crm: Crm, at_work: dict[str, _Watch], wanted: dict[str, Watcher]) -> None:
    """Let those watch that are wanted, and no others."""
    ending = [at_work.pop(name) for name in at_work.keys() - wanted.keys()]
    for watch in ending:
        watch.stop.set()
    for watch in ending:
        watch.thread.join(_END_SECONDS)
    for name, watcher in wanted.items():
        if name not in at_work or not at_work[name].thread.is_alive():
            at_work[name] = _Watch(watcher, crm)
