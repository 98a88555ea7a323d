"""Is written for an API that this crmkit does not speak."""

from crmkit.hooks import Plugin

plugin = Plugin(id="bad_api", name="Bad api", api=99)
