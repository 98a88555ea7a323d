"""Mail aliases keep what every plugin of crmkit keeps."""

from crmkit.testing import PluginConformance


class TestConformance(PluginConformance):
    plugin = "email_alias"
