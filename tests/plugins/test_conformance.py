"""Every plugin that is installed here keeps what every plugin of crmkit keeps.

In the gate those do that say so in tests of their own; in the soak profile all.
"""

import os

import pytest
from importlib_metadata import entry_points

from crmkit.testing import PluginConformance

pytestmark = pytest.mark.soak


def _suite(point):
    manifest = point.load().plugin
    values = {
        "plugin": manifest.id,
        "partners": manifest.requires,
        # Which of its paths are open by design, its own suite says.
        "open_paths": (f"/p/{manifest.id}/",),
    }
    return type(f"TestOf{manifest.id}", (PluginConformance,), values)


if os.environ.get("CRMKIT_PROFILE") == "soak":  # loading them all takes its time
    for one in entry_points(group="crmkit.plugins"):
        globals()[f"TestOf{one.name}"] = _suite(one)
