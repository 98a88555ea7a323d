"""The kit for plugin authors: a pytest plugin, and what its fixtures give.

Nothing here imports the core before it is used: pytest loads the plugin wherever
crmkit is installed, for the tests of other projects too.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from crmkit.testing.clock import FrozenClock

if TYPE_CHECKING:
    from crmkit.testing.conformance import PluginConformance
    from crmkit.testing.counting import Statements, statements
    from crmkit.testing.doors import Caller, Door, open_door, routes_of
    from crmkit.testing.fixtures import MakeCrm, MakeKit, WithPlugins
    from crmkit.testing.kit import Kit
    from crmkit.testing.recorder import Call, HookRecorder
    from crmkit.testing.samples import found, sample_plugin, write_plugin
    from crmkit.testing.serving import served

__all__ = [
    "Call",
    "Caller",
    "Door",
    "FrozenClock",
    "HookRecorder",
    "Kit",
    "MakeCrm",
    "MakeKit",
    "PluginConformance",
    "Statements",
    "WithPlugins",
    "found",
    "open_door",
    "routes_of",
    "sample_plugin",
    "served",
    "statements",
    "write_plugin",
]

_MODULES = {
    "Call": "recorder",
    "Caller": "doors",
    "Door": "doors",
    "HookRecorder": "recorder",
    "WithPlugins": "fixtures",
    "open_door": "doors",
    "routes_of": "doors",
    "Kit": "kit",
    "MakeCrm": "fixtures",
    "MakeKit": "fixtures",
    "PluginConformance": "conformance",
    "Statements": "counting",
    "found": "samples",
    "sample_plugin": "samples",
    "served": "serving",
    "statements": "counting",
    "write_plugin": "samples",
}


def __getattr__(name: str) -> object:
    """The public name, from the module that it stands in."""
    if name not in _MODULES:
        raise AttributeError(name)
    module = import_module(f"crmkit.testing.{_MODULES[name]}")
    value: object = getattr(module, name)
    return value
