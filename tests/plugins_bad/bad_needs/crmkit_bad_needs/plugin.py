"""Requires what is not installed."""

from crmkit.hooks import Plugin

plugin = Plugin(id="bad_needs", name="Bad needs", requires=("no_such_plugin",))
