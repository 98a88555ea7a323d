"""What a plugin declares at the start: tables, jobs, watchers, ways to undo."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from crmkit.hooks import (
    ManifestError,
    RegisterJobs,
    RegisterSchedules,
    RegisterTables,
    RegisterUndo,
    RegisterWatchers,
    register_jobs,
    register_schedules,
    register_tables,
    register_undo,
    register_watchers,
)

if TYPE_CHECKING:
    from crmkit.core.plugins import PluginEntry, Plugins
    from crmkit.hooks import Hook

LONGEST_ENTITY = 24
C = TypeVar("C")
R = TypeVar("R")


def take_declarations(plugins: Plugins, entry: PluginEntry) -> None:
    """Keep in `entry` what its plugin declares; ManifestError names what is wrong."""
    _check_tables(plugins, entry)
    _take_jobs(plugins, entry)
    _take_undo(plugins, entry)


def answers_of(
    plugins: Plugins, entry: PluginEntry, hook: Hook[C, R], ctx: C
) -> list[R]:
    """What one plugin answers to a hook of the start."""
    caller = getattr(plugins.manager.hook, hook.name)
    impls = (i for i in caller.get_hookimpls() if i.plugin_name == entry.id)
    return [impl.function(ctx) for impl in impls]


def _take_jobs(plugins: Plugins, entry: PluginEntry) -> None:
    for kinds in answers_of(plugins, entry, register_jobs, RegisterJobs(entry.id)):
        entry.jobs += tuple(kinds)
    context = RegisterSchedules(entry.id)
    for schedules in answers_of(plugins, entry, register_schedules, context):
        entry.schedules += tuple(schedules)
    asked = RegisterWatchers(entry.id)
    for watchers in answers_of(plugins, entry, register_watchers, asked):
        entry.watchers += tuple(watchers)
    names = [one.name for one in entry.jobs] + [one.name for one in entry.schedules]
    for name in (*names, *(watcher.name for watcher in entry.watchers)):
        if not re.fullmatch(rf"{entry.id}\.[a-z]+(_[a-z0-9]+)*", name):
            sentence = f"Its job “{name}” is not named {entry.id}.verb_noun."
            raise ManifestError(sentence)


def _take_undo(plugins: Plugins, entry: PluginEntry) -> None:
    for ways in answers_of(plugins, entry, register_undo, RegisterUndo(entry.id)):
        entry.undoables = {**entry.undoables, **ways}
    for entity in entry.undoables:
        is_own = entity == entry.id or entity.startswith(f"{entry.id}_")
        if not is_own or len(entity) > LONGEST_ENTITY:
            sentence = (
                f"Its entity “{entity}” is not named {entry.id}_…, "
                f"{LONGEST_ENTITY} characters at most."
            )
            raise ManifestError(sentence)


def _check_tables(plugins: Plugins, entry: PluginEntry) -> None:
    for base in answers_of(plugins, entry, register_tables, RegisterTables(entry.id)):
        base.registry.configure()
        for name in base.metadata.tables:
            if not name.startswith(f"{entry.id}__"):
                sentence = f"Its table “{name}” is not named {entry.id}__…."
                raise ManifestError(sentence)
