"""The conformance suite: one class to inherit, and a plugin is tried on all sides.

    class TestConformance(PluginConformance):
        plugin = "calendar_feed"

Each test is a sentence that every plugin of crmkit keeps. Those that are about data run
on both databases, the others on SQLite.
"""

from __future__ import annotations

from typing import ClassVar

import pytest
from typing_extensions import override

from crmkit.testing.conformance.browsing import BrowserChecks
from crmkit.testing.conformance.costs import CostChecks
from crmkit.testing.conformance.data import DataChecks
from crmkit.testing.conformance.manifest import ManifestChecks
from crmkit.testing.conformance.sources import SourceChecks
from crmkit.testing.conformance.surfaces import SurfaceChecks
from crmkit.testing.conformance.switching import SwitchingChecks
from crmkit.testing.conformance.words import WordChecks

__all__ = ["PluginConformance"]


class PluginConformance(
    ManifestChecks,
    SourceChecks,
    WordChecks,
    DataChecks,
    SurfaceChecks,
    BrowserChecks,
    SwitchingChecks,
    CostChecks,
):
    """Everything that a plugin of crmkit keeps; say which one by `plugin`.

    `partners` are the plugins that it requires, by id. `open_paths` are the beginnings
    of its paths that answer without a sign-in, by design: `/p/calendar_feed/feeds/`.
    """

    plugin: ClassVar[str]
    partners: ClassVar[tuple[str, ...]] = ()
    open_paths: ClassVar[tuple[str, ...]] = ()
    pytestmark: ClassVar[list[pytest.MarkDecorator]]

    @override
    def __init_subclass__(cls) -> None:
        """Have every CRM of these tests load the plugin and its partners."""
        loaded = pytest.mark.plugins(cls.plugin, *cls.partners)
        cls.pytestmark = [loaded, pytest.mark.conformance]
