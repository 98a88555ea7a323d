"""Hooks of work in the background: jobs, and the times at which they are due."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crmkit.hooks.forms import RegisterHook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from threading import Event

    from crmkit.jobs import Crm, JobRun


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of job: its name, and the function that does it.

    A plugin's names are `<plugin_id>.<verb_noun>`. `label` is what people read, a
    sentence of the catalogue. A job that fails by a mistake (no CrmError) is tried
    again, later each time, until it was started `max_attempts` times without getting
    on; one that is refused (CrmError) only if `retries_refusals`.
    """

    name: str
    run: Callable[[JobRun], None]
    label: str = ""
    max_attempts: int = 5
    retries_refusals: bool = False


@dataclass(frozen=True, slots=True)
class Every:
    """Due again so many seconds after it was due."""

    seconds: int


@dataclass(frozen=True, slots=True)
class DailyAt:
    """Due once each day, at this time of the settings' zone."""

    hour: int
    minute: int = 0


@dataclass(frozen=True, slots=True)
class JobSchedule:
    """A job that is due again and again. Times that were missed are made up once.

    `job` names a kind of job, `arguments` is what it gets. A plugin's schedules are
    named like its jobs.
    """

    name: str
    job: str
    when: Every | DailyAt
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Watcher:
    """What waits for something outside, such as a mail that comes into a mailbox.

    `watch` gets the CRM and an event; it runs in a thread beside the jobs of a worker
    until the event is set, and asks for a job where it sees something. Of several
    workers one watches. Named `<plugin_id>.<verb_noun>`. Where `watch` ends or raises
    it is called again some seconds later: what it missed is its own to look for.
    """

    name: str
    watch: Callable[[Crm, Event], None]


@dataclass(frozen=True, slots=True)
class RegisterJobs:
    """The plugin is asked which kinds of job it can do."""

    plugin_id: str


@dataclass(frozen=True, slots=True)
class RegisterSchedules:
    """The plugin is asked which of its jobs are due again and again."""

    plugin_id: str


@dataclass(frozen=True, slots=True)
class RegisterWatchers:
    """The plugin is asked what it waits for beside its jobs."""

    plugin_id: str


register_jobs: RegisterHook[RegisterJobs, Sequence[JobKind]] = RegisterHook(
    "register_jobs", RegisterJobs, since="1.0"
)
"""Answer the kinds of job that `uow.enqueue` may name.

While the plugin is switched off its jobs wait.
"""

register_schedules: RegisterHook[RegisterSchedules, Sequence[JobSchedule]] = (
    RegisterHook("register_schedules", RegisterSchedules, since="1.0")
)
"""Answer what is due again and again; nothing is while the plugin is switched off."""

register_watchers: RegisterHook[RegisterWatchers, Sequence[Watcher]] = RegisterHook(
    "register_watchers", RegisterWatchers, since="1.0"
)
"""Answer what a worker waits for outside; it ends while the plugin is switched off,
and while sending and schedules are paused.
"""
