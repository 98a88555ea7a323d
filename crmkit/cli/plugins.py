"""`crmkit plugins`: which there are, how they stand, switching them on and off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crmkit.app import open_crm
from crmkit.cli.authoring import check, new
from crmkit.cli.opening import check_migrated, check_there, open_to_look
from crmkit.cli.printing import FailedError, answer, json_option, table
from crmkit.cli.uninstalling import uninstall
from crmkit.core import Settings, find_plugins, switch_plugin

if TYPE_CHECKING:
    from crmkit.app import Crm
    from crmkit.core import PluginEntry


@click.group()
def plugins() -> None:
    """Plugins: which there are, how they stand, switching them on and off."""


@plugins.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List the installed plugins and their states."""
    crm = open_to_look()
    off = disabled_in(crm)
    entries = [crm.plugins.entries[name] for name in sorted(crm.plugins.entries)]
    rows = [describe(crm, entry, off) for entry in entries]
    heads = ["id", "version", "state", "name", "error"]
    lines = table(heads, ([row[head] for head in heads] for row in rows))
    text = lines if rows else "No plugin is installed."
    answer({"items": rows}, as_json=as_json, text=text)


@plugins.command()
@click.argument("plugin_id")
@json_option
def show(plugin_id: str, *, as_json: bool) -> None:
    """Tell everything about one plugin, with its trace if it failed."""
    crm = open_to_look()
    entry = crm.plugins.entries.get(plugin_id)
    if entry is None:
        raise FailedError(_unknown(plugin_id))
    facts = describe(crm, entry, disabled_in(crm)) | _manifest(entry)
    facts["import_ms"] = round(entry.import_seconds * 1000)
    facts["trace"] = entry.trace
    lines = [f"{name}: {_text(value)}" for name, value in facts.items() if value]
    answer(facts, as_json=as_json, text=lines)


@plugins.command()
@click.argument("plugin_id")
def enable(plugin_id: str) -> None:
    """Switch a plugin on, in every process, from its next request on."""
    _switch(plugin_id, is_enabled=True)
    click.echo(f"{plugin_id} is enabled.")


@plugins.command()
@click.argument("plugin_id")
def disable(plugin_id: str) -> None:
    """Switch a plugin off, in every process, from its next request on."""
    _switch(plugin_id, is_enabled=False)
    click.echo(f"{plugin_id} is disabled.")


@plugins.command()
@json_option
def order(*, as_json: bool) -> None:
    """Print the one order in which plugins answer hooks, and why it is so."""
    crm = open_to_look()
    rows = [
        {"place": place, "id": plugin_id, "why": _why(crm, plugin_id)}
        for place, plugin_id in enumerate(crm.plugins.order, 1)
    ]
    heads = ["place", "id", "why"]
    lines = table(heads, ([row[head] for head in heads] for row in rows))
    text = lines if rows else "No plugin is installed."
    answer({"items": rows}, as_json=as_json, text=text)


def _why(crm: Crm, plugin_id: str) -> str:
    entry = crm.plugins.entries[plugin_id]
    if entry.error:
        return f"it is {entry.state}: {entry.error}"
    manifest = entry.manifest
    if manifest is None:
        return f"it is {entry.state}"
    there = crm.plugins.entries.keys()
    parts = [f"requires {name}" for name in manifest.requires]
    parts += [f"comes after {name}" for name in manifest.after if name in there]
    absent = [name for name in manifest.after if name not in there]
    parts += [f"would come after {name}, which is not installed" for name in absent]
    return "; ".join(parts) or "by its id alone"


plugins.add_command(uninstall)
plugins.add_command(new)
plugins.add_command(check)


def _switch(plugin_id: str, *, is_enabled: bool) -> None:
    if plugin_id not in {found.id for found in find_plugins()}:
        raise FailedError(_unknown(plugin_id))
    # No plugin is loaded, so that the one to be switched cannot stand in the way.
    settings = Settings()
    check_there(settings)
    crm = open_crm(settings, find=tuple)
    check_migrated(crm)
    with crm.work() as uow:
        switch_plugin(uow, plugin_id, is_enabled=is_enabled)


def disabled_in(crm: Crm) -> frozenset[str]:
    """The plugins that are switched off; none while there is no database."""
    if crm.is_pending():
        return frozenset()
    with crm.read() as uow:
        return uow.hooks.disabled


def describe(crm: Crm, entry: PluginEntry, off: frozenset[str]) -> dict[str, object]:
    """What lists show of a plugin."""
    return {
        "id": entry.id,
        "version": entry.version,
        "state": crm.state_of(entry, off).value,
        "name": entry.name,
        "error": entry.error,
    }


def _manifest(entry: PluginEntry) -> dict[str, object]:
    manifest = entry.manifest
    if manifest is None:
        return {}
    return {
        "summary": manifest.summary,
        "api": manifest.api,
        "requires": list(manifest.requires),
        "after": list(manifest.after),
        "conflicts": list(manifest.conflicts),
        "personal_data": list(manifest.personal_data),
        "permissions": [one.name for one in manifest.permissions],
    }


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    text = str(value)
    return "\n" + text.rstrip() if "\n" in text else text


def _unknown(plugin_id: str) -> str:
    return f"There is no plugin {plugin_id}; crmkit plugins list shows which there are."
