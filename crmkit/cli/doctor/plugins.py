"""Plugins that do not run, and why."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from crmkit.cli.doctor.problem import Problem, counted
from crmkit.core import State, failed_hooks, remedy_of
from crmkit.hooks import all_hooks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit.app import Crm

_FINE = {State.ACTIVE, State.AVAILABLE}


def find_broken_plugins(crm: Crm, off: frozenset[str]) -> Iterator[Problem]:
    """The plugins that could not be started, and what is left of absent ones.

    Who switched one off knows already.
    """
    # Routes clash, and lack permissions, only where they are asked for.
    list(import_module("crmkit.web.mounting").try_routes(crm))
    for plugin_id, entry in sorted(crm.plugins.entries.items()):
        is_known = plugin_id in off and entry.state is not State.ORPHANED
        if entry.state not in _FINE and not is_known:
            sentence = f"It is {entry.state}. {entry.error}".rstrip()
            remedy = remedy_of(entry.state)
            yield Problem(f"plugin {plugin_id}", sentence, remedy, entry.trace)


def find_failing_hooks(crm: Crm) -> Iterator[Problem]:
    """Answers of plugins that failed in the last day, in whichever process."""
    with crm.read() as uow:
        failed = failed_hooks(uow)
    for one in failed:
        since = f"{one.first_at:%Y-%m-%d %H:%M}"
        sentence = (
            f"It failed {counted(one.count, 'time')} in {one.hook} since {since} UTC, "
            f"last with {one.error}"
        )
        remedy = (
            "The log has the trace. Mend or update its package, or "
            f"crmkit plugins disable {one.plugin_id}."
        )
        yield Problem(f"plugin {one.plugin_id}", sentence, remedy)


def find_hooks_to_go(crm: Crm) -> Iterator[Problem]:
    """Deprecated hooks that plugins answer; they are called until they are gone."""
    for hook in all_hooks():
        if hook.deprecated is None:
            continue
        gone = ".".join(map(str, hook.deprecated.gone_in))
        for plugin_id, _ in crm.plugins.answering(hook.name):
            sentence = f"It answers {hook.name}, which is gone in plugin API {gone}."
            remedy = f"Update its package; for its author: {hook.deprecated.instead}"
            about = f"plugin {plugin_id}"
            yield Problem(about, sentence, remedy, is_advice=True)
