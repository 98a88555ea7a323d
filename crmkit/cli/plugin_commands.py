"""Commands that plugins bring: known by name, loaded and gated when called."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

import click
from importlib_metadata import entry_points

from crmkit.cli.printing import FailedError

if TYPE_CHECKING:
    from importlib_metadata import EntryPoint

COMMANDS = "crmkit.commands"
PLUGINS = "crmkit.plugins"


@dataclass(frozen=True, slots=True)
class PluginCommand:
    """A command as its package announces it; `plugin_id` is the package's plugin."""

    name: str
    plugin_id: str | None
    package: str
    point: EntryPoint

    @property
    def summary(self) -> str:
        """One line for the list of commands."""
        return f"Of the plugin {self.plugin_id or self.package}."


def list_plugin_commands() -> dict[str, PluginCommand]:
    """The commands of the installed packages, by name."""
    # Names only: a package's other files are not read, so that help stays quick.
    owners = {
        point.dist.name: point.name
        for point in entry_points(group=PLUGINS)
        if point.dist is not None
    }
    found = {}
    for point in entry_points(group=COMMANDS):
        package = "" if point.dist is None else point.dist.name
        found[point.name] = PluginCommand(
            point.name, owners.get(package), package, point
        )
    return found


def load_plugin_command(found: PluginCommand) -> click.Command:
    """The command, or in its place one that says why it cannot be called."""
    sentence = _refusal(found)
    if sentence:
        return _refuse(found.name, sentence)
    try:
        command = found.point.load()
    except Exception as error:  # noqa: BLE001  (whatever a plugin's import raises)
        reason = str(error) or type(error).__name__
        return _refuse(found.name, f"“{found.name}” cannot be loaded: {reason}")
    if not isinstance(command, click.Command):
        return _refuse(found.name, f"“{found.name}” names no click command.")
    return command


def _refusal(found: PluginCommand) -> str:
    if found.plugin_id is None:
        return ""
    gate = import_module("crmkit.cli.gate")
    return str(gate.why_closed(found.plugin_id))


def _refuse(name: str, sentence: str) -> click.Command:
    def refuse() -> None:
        raise FailedError(sentence)

    return click.Command(
        name,
        callback=refuse,
        add_help_option=False,
        context_settings={"ignore_unknown_options": True},
        params=[
            click.Argument(
                ["arguments"], nargs=-1, type=click.UNPROCESSED, expose_value=False
            )
        ],
    )
