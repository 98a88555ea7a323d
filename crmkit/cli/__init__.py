"""The command line. What commands of plugins may use is named here.

A plugin offers commands as click commands under the entry point group
`crmkit.commands`; they are imported only when called.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from crmkit.cli.group import main
from crmkit.cli.printing import FailedError, answer, json_option, progress, table

if TYPE_CHECKING:
    from crmkit.cli.opening import as_user, open_for_command

__all__ = [
    "FailedError",
    "answer",
    "as_user",
    "json_option",
    "main",
    "open_for_command",
    "progress",
    "table",
]

_HEAVY = {"as_user", "open_for_command"}


def __getattr__(name: str) -> object:
    """Give what needs the core only when it is asked for: `--help` does without."""
    if name not in _HEAVY:
        raise AttributeError(name)
    return getattr(import_module("crmkit.cli.opening"), name)
