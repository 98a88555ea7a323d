"""Its migrations were not run."""

from crmkit.hooks import Plugin

plugin = Plugin(id="bad_pending", name="Bad pending")
