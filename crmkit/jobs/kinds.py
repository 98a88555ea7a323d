"""Which kinds of job there are: the core's own, and those of plugins that run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.jobs.handlers import KINDS, SCHEDULES

if TYPE_CHECKING:
    from crmkit.app import Crm
    from crmkit.core import UnitOfWork
    from crmkit.hooks import JobKind, JobSchedule, Watcher


def find_kind(crm: Crm, name: str) -> JobKind | None:
    """The kind of that name."""
    own = [kind for entry in crm.plugins.active() for kind in entry.jobs]
    return next((kind for kind in (*KINDS, *own) if kind.name == name), None)


def running_plugins(crm: Crm, uow: UnitOfWork) -> list[str]:
    """Ids of the plugins that are started and not switched off."""
    active = (entry.id for entry in crm.plugins.active())
    return [plugin_id for plugin_id in active if plugin_id not in uow.hooks.disabled]


def declared_schedules(crm: Crm, uow: UnitOfWork) -> list[JobSchedule]:
    """The schedules of the core, and of every plugin that runs."""
    running = running_plugins(crm, uow)
    entries = (entry for entry in crm.plugins.active() if entry.id in running)
    return [*SCHEDULES, *(item for entry in entries for item in entry.schedules)]


def declared_watchers(crm: Crm, uow: UnitOfWork) -> list[Watcher]:
    """What every plugin that runs waits for outside."""
    running = running_plugins(crm, uow)
    entries = (entry for entry in crm.plugins.active() if entry.id in running)
    return [watcher for entry in entries for watcher in entry.watchers]
