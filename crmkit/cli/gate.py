"""Whether a plugin's commands may be called now."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from crmkit.cli.opening import open_to_look
from crmkit.core import CrmError, State


def why_closed(plugin_id: str) -> str:
    """The sentence that refuses a plugin's commands; empty if they may be called."""
    crm = open_to_look()
    entry = crm.plugins.entries.get(plugin_id)
    if entry is None:
        return f"The plugin {plugin_id} is not installed."
    if entry.state is State.NEEDS_MIGRATION and crm.is_pending():
        # There is no database yet: the command says so itself, if it needs one.
        return ""
    if entry.state is not State.ACTIVE:
        return f"The plugin {plugin_id} is {entry.state}. {entry.error}".rstrip()
    try:
        with crm.read() as uow:
            is_off = plugin_id in uow.hooks.disabled
    except (SQLAlchemyError, CrmError):
        # Without a database nothing is switched off; the command itself will say
        # what it misses.
        return ""
    if is_off:
        on = f"switch it on with crmkit plugins enable {plugin_id}"
        return f"The plugin {plugin_id} is disabled; {on}."
    return ""
