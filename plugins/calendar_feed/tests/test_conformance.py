"""Calendar feed keeps what every plugin of crmkit keeps."""

from crmkit.testing import PluginConformance


class TestConformance(PluginConformance):
    plugin = "calendar_feed"
    open_paths = ("/p/calendar_feed/feeds/",)
