"""Plugins that do not run, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.cli.doctor.problem import Problem
from crmkit.core import State, remedy_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit.app import Crm

_FINE = {State.ACTIVE, State.DISABLED, State.AVAILABLE}


def find_broken_plugins(crm: Crm, off: frozenset[str]) -> Iterator[Problem]:
    """The plugins that could not be started."""
    for plugin_id in sorted(crm.plugins.entries):
        entry = crm.plugins.entries[plugin_id]
        state = crm.state_of(entry, off)
        if state not in _FINE:
            sentence = f"It is {state}. {entry.error}".rstrip()
            remedy = remedy_of(state)
            yield Problem(f"plugin {entry.id}", sentence, remedy, entry.trace)
