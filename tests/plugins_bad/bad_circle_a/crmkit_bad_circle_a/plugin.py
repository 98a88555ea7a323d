"""Requires what requires it."""

from crmkit.hooks import Plugin

plugin = Plugin(id="bad_circle_a", name="Bad circle a", requires=("bad_circle_b",))
