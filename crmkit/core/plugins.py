"""Plugins: found by entry point, loaded one by one, each with a state."""

from __future__ import annotations

import traceback
from collections import Counter
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from importlib.resources import files
from pathlib import Path
from time import perf_counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pluggy
from importlib_metadata import entry_points

from crmkit.core.declarations import take_declarations
from crmkit.core.migrate import Tree
from crmkit.core.permissions import KnownPermission, declared_by
from crmkit.hooks import (
    PLUGIN_API,
    PROJECT,
    Hook,
    JobKind,
    JobSchedule,
    ManifestError,
    Plugin,
    Watcher,
    all_hooks,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from crmkit.core.undo import Undoable

__all__ = [
    "Found",
    "PluginEntry",
    "Plugins",
    "State",
    "find_plugins",
]

GROUP = "crmkit.plugins"


class State(StrEnum):
    """How a plugin stands."""

    AVAILABLE = "available"
    ACTIVE = "active"
    DISABLED = "disabled"
    FAILED = "failed"
    BLOCKED = "blocked"
    INCOMPATIBLE = "incompatible"
    NEEDS_MIGRATION = "needs-migration"
    CONFLICT = "conflict"
    MISCONFIGURED = "misconfigured"
    ORPHANED = "orphaned"


@dataclass(frozen=True, slots=True)
class Found:
    """A plugin as it is found: its id, its package's version, how to import it."""

    id: str
    version: str
    load: Callable[[], Any]


@dataclass(slots=True)
class PluginEntry:
    """A plugin and its state; `error` says why, `trace` shows where."""

    id: str
    version: str
    state: State
    manifest: Plugin | None = None
    module: Any = None
    error: str = ""
    trace: str = ""
    import_seconds: float = 0.0
    jobs: tuple[JobKind, ...] = ()
    schedules: tuple[JobSchedule, ...] = ()
    watchers: tuple[Watcher, ...] = ()
    undoables: Mapping[str, Undoable] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The plugin's name, or its id while it could not be read."""
        return self.manifest.name if self.manifest else self.id

    @property
    def package(self) -> str | None:
        """The name of the package that the plugin's module lies in."""
        name = getattr(self.module, "__name__", "")
        return name.rpartition(".")[0] or None

    @property
    def tree(self) -> Tree | None:
        """The plugin's migrations, if it has any."""
        if self.package is None:
            return None
        folder = Path(str(files(self.package))) / "migrations"
        return Tree(self.id, folder) if folder.is_dir() else None

    def fail(self, error: BaseException) -> None:
        """Take note that the plugin could not be started."""
        self.state = State.FAILED
        self.error = " ".join(str(error).split()) or type(error).__name__
        self.trace = "".join(traceback.format_exception(error))


class UnknownHookError(Exception):
    """A plugin answers a hook that nobody calls."""

    def __init__(self, hook: str, known: Iterable[str]) -> None:
        nearest = get_close_matches(hook, list(known), n=1)
        hint = f" Did you mean “{nearest[0]}”?" if nearest else ""
        super().__init__(f"There is no hook “{hook}”.{hint}")


def find_plugins() -> list[Found]:
    """What the installed packages offer under the entry point group."""
    return [
        Found(point.name, point.dist.version if point.dist else "", point.load)
        for point in entry_points(group=GROUP)
    ]


@dataclass(slots=True)
class Plugins:
    """All plugins of a process, and who answers which hook, in order."""

    entries: dict[str, PluginEntry]
    manager: pluggy.PluginManager
    order: list[str] = field(default_factory=list)
    permissions: dict[str, KnownPermission] = field(default_factory=dict)
    undoables: dict[str, tuple[str, Undoable]] = field(default_factory=dict)
    _answering: dict[str, list[tuple[str, Callable[[Any], Any]]]] = field(
        default_factory=dict
    )

    def answering(self, hook: str) -> list[tuple[str, Callable[[Any], Any]]]:
        """Pairs of plugin id and function, in the one order of plugins."""
        return self._answering.get(hook, [])

    def active(self) -> list[PluginEntry]:
        """The plugins that were started, in order."""
        started = (self.entries[plugin_id] for plugin_id in self.order)
        return [entry for entry in started if entry.state is State.ACTIVE]

    def leave_out(self, entry: PluginEntry) -> None:
        """Take a plugin that could not be started out of every hook."""
        if self.manager.has_plugin(entry.id):
            self.manager.unregister(name=entry.id)
        self.settle()

    def block(self) -> None:
        """Block what requires a plugin that cannot run now, and free what can again."""
        for plugin_id in self.order:
            entry = self.entries[plugin_id]
            is_free = entry.state is State.BLOCKED and self.manager.has_plugin(entry.id)
            if entry.manifest is None or not (is_free or entry.state is State.ACTIVE):
                continue
            reason = _why_not(self, entry.manifest)
            entry.state, entry.error = reason or (State.ACTIVE, "")

    def configure(self, problems: Mapping[str, str]) -> None:
        """Let plugins with wrong settings, by `problems`, stand aside meanwhile."""
        for plugin_id in self.order:
            entry = self.entries[plugin_id]
            if entry.state is State.ACTIVE and plugin_id in problems:
                entry.state, entry.error = State.MISCONFIGURED, problems[plugin_id]
            elif entry.state is State.MISCONFIGURED:
                error = problems.get(plugin_id, "")
                entry.state = State.MISCONFIGURED if error else State.ACTIVE
                entry.error = error
        self.block()
        self.settle()

    def started(self) -> list[PluginEntry]:
        """The plugins that run, or would if their settings were right; in order."""
        fine = {State.ACTIVE, State.MISCONFIGURED}
        every = (self.entries[plugin_id] for plugin_id in self.order)
        return [entry for entry in every if entry.state in fine]

    def remember(self, owners: Iterable[str]) -> None:
        """Show the plugins whose data is there and whose package is not."""
        for plugin_id in sorted(owners):
            if plugin_id not in self.entries:
                entry = PluginEntry(plugin_id, "", State.ORPHANED)
                entry.error = "Its package is not installed; its data is kept."
                self.entries[plugin_id] = entry

    def settle(self) -> None:
        """Fix the order of answers, after the last plugin was registered."""
        active = {entry.id for entry in self.active()}
        self.permissions = declared_by(e.manifest for e in self.started() if e.manifest)
        self.undoables = {
            entity: (entry.id, undoable)
            for entry in self.active()
            for entity, undoable in entry.undoables.items()
        }
        answering = {}
        for hook in all_hooks():
            caller = getattr(self.manager.hook, hook.name)
            answering[hook.name] = [
                (plugin_id, impl.function)
                for plugin_id in self.order
                if plugin_id in active
                for impl in caller.get_hookimpls()
                if impl.plugin_name == plugin_id
            ]
        # At once: others may be asking just now.
        self._answering = answering


def load_plugins(found: Iterable[Found], allowed: tuple[str, ...] | None) -> Plugins:
    """Import and register what was found; none of them can stop the others."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(_specifications())  # type: ignore[arg-type]  # any object does
    plugins = Plugins({}, manager)
    every = list(found)
    counted = Counter(item.id for item in every)
    for item in every:
        entry = PluginEntry(item.id, item.version, State.AVAILABLE)
        plugins.entries[item.id] = entry
        if allowed is not None and item.id not in allowed:
            continue
        if counted[item.id] > 1:
            entry.state = State.CONFLICT
            entry.error = "Two installed packages have this id; uninstall one."
        else:
            _import(entry, item)
    plugins.order = _ordered(plugins.entries)
    for plugin_id in plugins.order:
        _start(plugins, plugins.entries[plugin_id])
    plugins.settle()
    return plugins


def _specifications() -> SimpleNamespace:
    marker = pluggy.HookspecMarker(PROJECT)

    def specify(hook: Hook[Any, Any]) -> Callable[[Any], Any]:
        def specification(ctx: Any) -> Any:  # noqa: ARG001  (pluggy reads its name)
            return None

        specification.__name__ = hook.name
        going = hook.deprecated
        warning = going.warning_about(hook.name) if going else None
        return marker(specification, warn_on_impl=warning)

    return SimpleNamespace(**{hook.name: specify(hook) for hook in all_hooks()})


def _import(entry: PluginEntry, found: Found) -> None:
    began = perf_counter()
    try:
        entry.module = found.load()
        entry.import_seconds = perf_counter() - began
        manifest = getattr(entry.module, "plugin", None)
        if not isinstance(manifest, Plugin) or manifest.id != found.id:
            sentence = f'Its module has no `plugin = Plugin(id="{found.id}", …)`.'
            raise ManifestError(sentence)  # noqa: TRY301  (kept with the other failures)
    except (Exception, SystemExit) as error:  # noqa: BLE001  (no plugin may stop the start)
        entry.fail(error)
        return
    entry.manifest = manifest
    entry.state = State.ACTIVE
    if manifest.api != PLUGIN_API[0]:
        entry.state = State.INCOMPATIBLE
        entry.error = f"It speaks plugin API {manifest.api}, not {PLUGIN_API[0]}."
    elif manifest.api_minor > PLUGIN_API[1]:
        entry.state = State.INCOMPATIBLE
        needed, ours = (
            f"{manifest.api}.{manifest.api_minor}",
            ".".join(map(str, PLUGIN_API)),
        )
        entry.error = f"It needs plugin API {needed} or later; this is {ours}."


def _ordered(entries: Mapping[str, PluginEntry]) -> list[str]:
    """Ids in the one order: what a plugin requires or comes after, then by id."""
    graph: dict[str, set[str]] = {}
    for plugin_id, entry in entries.items():
        earlier = (
            entry.manifest.requires + entry.manifest.after if entry.manifest else ()
        )
        graph[plugin_id] = {name for name in earlier if name in entries}
    sorter = _without_circles(graph, entries)
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order += ready
        sorter.done(*ready)
    return order


def _without_circles(
    graph: dict[str, set[str]], entries: Mapping[str, PluginEntry]
) -> TopologicalSorter[str]:
    """A sorter of `graph`; plugins that require each other are blocked, all of them."""
    while True:
        sorter = TopologicalSorter(graph)
        try:
            sorter.prepare()
        except CycleError as error:
            members = error.args[1][:-1]
            # It is told from the same plugin on, wherever it was found.
            first = members.index(min(members))
            turned = [*members[first:], *members[:first], members[first]]
            circle = " → ".join(turned)
            for plugin_id in error.args[1]:
                entries[plugin_id].state = State.BLOCKED
                entries[plugin_id].error = f"They require each other: {circle}."
                graph[plugin_id] = set()
        else:
            return sorter


def _start(plugins: Plugins, entry: PluginEntry) -> None:
    if entry.state is not State.ACTIVE or entry.manifest is None:
        return
    reason = _why_not(plugins, entry.manifest)
    if reason is not None:
        entry.state, entry.error = reason
        return
    try:
        plugins.manager.register(entry.module, name=entry.id)
        _check_hooks(plugins, entry)
        take_declarations(plugins, entry)
    except (Exception, SystemExit) as error:  # noqa: BLE001  (no plugin may stop the start)
        entry.fail(error)
        if plugins.manager.has_plugin(entry.id):
            plugins.manager.unregister(name=entry.id)


def _why_not(plugins: Plugins, manifest: Plugin) -> tuple[State, str] | None:
    """The state of a plugin that may not start beside the others, and why."""
    for needed in manifest.requires:
        other = plugins.entries.get(needed)
        if other is None or other.state is not State.ACTIVE:
            state = "not installed" if other is None else str(other.state)
            return State.BLOCKED, f"It requires “{needed}”, which is {state}."
    for unwanted in manifest.conflicts:
        other = plugins.entries.get(unwanted)
        if other is not None and other.state is State.ACTIVE:
            sentence = f"It cannot run beside “{unwanted}”; disable one of them."
            return State.CONFLICT, sentence
    return None


def _check_hooks(plugins: Plugins, entry: PluginEntry) -> None:
    known = [hook.name for hook in all_hooks()]
    for caller in plugins.manager.get_hookcallers(entry.module) or []:
        if not caller.has_spec():
            raise UnknownHookError(caller.name, known)
