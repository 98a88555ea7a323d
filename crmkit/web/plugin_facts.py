"""Plugins as pages and scripts show them: which there are, and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from crmkit.core import NotFoundError

if TYPE_CHECKING:
    from crmkit.app import Crm
    from crmkit.core import PluginEntry


class HookCost(TypedDict):
    """What a plugin's answers to one hook cost since this process began."""

    hook: str
    calls: int
    failures: int
    milliseconds: float


def find_entry(crm: Crm, plugin_id: str) -> PluginEntry:
    """The plugin of that id, whether it runs or not; raises NotFoundError."""
    if plugin_id not in crm.plugins.entries:
        raise NotFoundError("plugin", plugin_id)
    return crm.plugins.entries[plugin_id]


def costs_of(crm: Crm, plugin_id: str) -> list[HookCost]:
    """What the plugin's hooks cost in this process, the dearest first."""
    found = [
        HookCost(
            hook=hook,
            calls=one.calls,
            failures=one.failures,
            milliseconds=round(one.seconds * 1000, 1),
        )
        for (owner, hook), one in list(crm.timings.by_hook.items())
        if owner == plugin_id
    ]
    return sorted(found, key=lambda cost: (-cost["milliseconds"], cost["hook"]))
