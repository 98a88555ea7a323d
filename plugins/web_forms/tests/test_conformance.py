"""Web forms keep what every plugin of crmkit keeps."""

from crmkit.testing import PluginConformance


class TestConformance(PluginConformance):
    plugin = "web_forms"
    open_paths = ("/p/web_forms/f/",)
