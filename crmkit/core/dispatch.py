"""Calling hooks: one dispatcher a unit, which keeps each form's failure rule."""

from __future__ import annotations

import logging
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from crmkit.core.errors import CrmError
from crmkit.hooks import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping

    from sqlalchemy.orm import Session

    from crmkit.core.undo import Undoable
    from crmkit.hooks import AskHook, CheckHook, HappenedHook, Hook, PlaceHook

__all__ = [
    "Dispatcher",
    "Failed",
    "Placed",
    "Timing",
    "Timings",
]

C = TypeVar("C")
R = TypeVar("R")
S = TypeVar("S")

_MS = 1_000

log = logging.getLogger("crmkit.hooks")
slow = logging.getLogger("crmkit.slow")


class Implementations(Protocol):
    """Knows who answers a hook, in the one printable order of plugins."""

    def answering(self, hook: str) -> list[tuple[str, Callable[[Any], Any]]]:
        """Pairs of plugin id and function."""

    @property
    def undoables(self) -> Mapping[str, tuple[str, Undoable]]:
        """How events of plugins' entities are taken back: plugin id and way."""


@dataclass(slots=True)
class Timing:
    """What one plugin's answers to one hook cost: calls, failures, seconds."""

    calls: int = 0
    failures: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Timings:
    """Costs by plugin id and hook name, of this process.

    A call that takes `slow_ms()` milliseconds or more is logged; 0 logs none.
    """

    by_hook: dict[tuple[str, str], Timing] = field(
        default_factory=lambda: defaultdict(Timing)
    )
    slow_ms: Callable[[], int] = lambda: 0

    def note(self, plugin_id: str, hook: str, seconds: float, *, failed: bool) -> None:
        """Count one call."""
        timing = self.by_hook[plugin_id, hook]
        timing.calls += 1
        timing.failures += failed
        timing.seconds += seconds
        limit = self.slow_ms()
        if limit and seconds * _MS >= limit:
            facts = {"plugin": plugin_id, "hook": hook, "ms": round(seconds * _MS)}
            slow.warning("%(plugin)s took %(ms)d ms in %(hook)s.", facts, extra=facts)


@dataclass(frozen=True, slots=True)
class Failed:
    """In the place of an answer: this plugin could not give one."""

    plugin_id: str


@dataclass(frozen=True, slots=True)
class Placed(Generic[R]):
    """What a plugin puts into a slot."""

    plugin_id: str
    answer: R


@dataclass(slots=True)
class Dispatcher:
    """Calls the plugins that are active in this unit.

    Each answer is asked for inside a savepoint, so that what a failing plugin wrote
    goes back and the transaction lives on.
    """

    session: Session
    plugins: Implementations
    disabled: frozenset[str]
    timings: Timings
    failed: list[tuple[str, str, BaseException]] = field(default_factory=list)
    """Plugin id, hook and error of each answer that failed in this unit."""

    def tell(self, hook: HappenedHook[C], context: C) -> None:
        """Tell every plugin; what fails is rolled back and logged."""
        for plugin_id, function in self._answering(hook):
            try:
                with self._guarded(hook, plugin_id):
                    function(context)
            except Exception:
                log.exception("%s failed in %s", plugin_id, hook.name)

    def check(
        self, hook: CheckHook[C], context: C
    ) -> tuple[str, Refusal] | Failed | None:
        """The first refusal with its plugin's id, a failure, or None."""
        for plugin_id, function in self._answering(hook):
            try:
                with self._guarded(hook, plugin_id):
                    refusal = function(context)
            except Exception:
                log.exception("%s failed in %s", plugin_id, hook.name)
                return Failed(plugin_id)
            if isinstance(refusal, Refusal):
                return plugin_id, refusal
            if refusal is not None:
                log.error("%s answered %s with %r", plugin_id, hook.name, refusal)
                wrong = TypeError(f"It answered with {type(refusal).__name__}.")
                self.failed.append((plugin_id, hook.name, wrong))
                return Failed(plugin_id)
        return None

    def ask(self, hook: AskHook[C, R], context: C) -> Iterator[R]:
        """The answers of the plugins, in order; one that fails is skipped."""
        for plugin_id, function in self._answering(hook):
            try:
                with self._guarded(hook, plugin_id):
                    answer = function(context)
            except Exception:
                log.exception("%s failed in %s", plugin_id, hook.name)
                continue
            yield answer

    def ask_each(
        self,
        hook: AskHook[C, R],
        context: C,
        plugins: Container[str] | None = None,
    ) -> dict[str, R]:
        """The answers by plugin id, of `plugins` alone where they are named."""
        answers: dict[str, R] = {}
        for plugin_id, function in self._answering(hook):
            if plugins is not None and plugin_id not in plugins:
                continue
            try:
                with self._guarded(hook, plugin_id):
                    answers[plugin_id] = function(context)
            except Exception:
                log.exception("%s failed in %s", plugin_id, hook.name)
        return answers

    def place(self, hook: PlaceHook[C, R], context: C) -> list[Placed[R] | Failed]:
        """What each plugin puts into the slot, or that it failed."""
        return self.draw(hook, context, lambda _, answer: answer)

    def draw(
        self, hook: PlaceHook[C, R], context: C, draw: Callable[[str, R], S]
    ) -> list[Placed[S] | Failed]:
        """What `draw` makes of each plugin's id and answer, or that one failed.

        An answer that cannot be drawn is a failure of its plugin, and the time that
        drawing takes is counted as the plugin's.
        """
        placed: list[Placed[S] | Failed] = []
        for plugin_id, function in self._answering(hook):
            try:
                with self._guarded(hook, plugin_id):
                    drawn = draw(plugin_id, function(context))
            except Exception:
                log.exception("%s failed in %s", plugin_id, hook.name)
                placed.append(Failed(plugin_id))
            else:
                placed.append(Placed(plugin_id, drawn))
        return placed

    def call(
        self, hook: Hook[Any, Any], plugin_id: str, function: Callable[[], S]
    ) -> S | Failed:
        """What a function that a plugin registered by `hook` answers, or Failed.

        A CrmError is an answer too, for the user, and goes on.
        """
        try:
            with self._guarded(hook, plugin_id):
                return function()
        except CrmError:
            raise
        except Exception:
            log.exception("%s failed in %s", plugin_id, hook.name)
            return Failed(plugin_id)

    def _answering(
        self, hook: Hook[C, Any]
    ) -> Iterator[tuple[str, Callable[[C], Any]]]:
        for plugin_id, function in self.plugins.answering(hook.name):
            if plugin_id not in self.disabled:
                yield plugin_id, function

    @contextmanager
    def _guarded(self, hook: Hook[Any, Any], plugin_id: str) -> Iterator[None]:
        started, failed = perf_counter(), True
        try:
            with self.session.begin_nested():
                yield
            failed = False
        except Exception as error:
            failed = not (hook.form == "register" and isinstance(error, CrmError))
            if failed:
                self.failed.append((plugin_id, hook.name, error))
            raise
        finally:
            spent = perf_counter() - started
            self.timings.note(plugin_id, hook.name, spent, failed=failed)
