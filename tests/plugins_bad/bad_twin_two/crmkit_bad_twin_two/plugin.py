"""Has the id of another package."""

from crmkit.hooks import Plugin

plugin = Plugin(id="bad_twin", name="Bad twin")
