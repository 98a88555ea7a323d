"""Plugins that do not run, and why."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from crmkit.cli.doctor.problem import Problem
from crmkit.core import State, remedy_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit.app import Crm

_FINE = {State.ACTIVE, State.AVAILABLE}


def find_broken_plugins(crm: Crm, off: frozenset[str]) -> Iterator[Problem]:
    """The plugins that could not be started, and what is left of absent ones.

    Who switched one off knows already.
    """
    # Routes clash, and lack permissions, only where they are mounted. The web is heavy.
    import_module("crmkit.web").create_app(crm)
    for plugin_id, entry in sorted(crm.plugins.entries.items()):
        is_known = plugin_id in off and entry.state is not State.ORPHANED
        if entry.state not in _FINE and not is_known:
            sentence = f"It is {entry.state}. {entry.error}".rstrip()
            remedy = remedy_of(entry.state)
            yield Problem(f"plugin {plugin_id}", sentence, remedy, entry.trace)
