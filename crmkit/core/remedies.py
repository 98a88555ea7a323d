"""What to do about a plugin that does not run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core.errors import mark
from crmkit.core.plugins import State

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "remedy_of",
]

_REMEDIES: Mapping[State, str] = {
    State.AVAILABLE: mark("Add its id to “plugins” in crmkit.toml to load it."),
    State.FAILED: mark("Mend or update its package, or switch it off."),
    State.BLOCKED: mark("Bring the plugin that it requires to run, then start anew."),
    State.INCOMPATIBLE: mark("Install a version of it that fits this crmkit."),
    State.NEEDS_MIGRATION: mark("Run crmkit db upgrade, then start crmkit anew."),
    State.CONFLICT: mark("Uninstall one of the two, or leave one out of “plugins”."),
    State.MISCONFIGURED: mark("Correct its settings."),
    State.ORPHANED: mark("Install its package again, or remove what it left."),
}


def remedy_of(state: State) -> str:
    """A sentence to translate on what to do; empty where nothing is wrong."""
    return _REMEDIES.get(state, "")
