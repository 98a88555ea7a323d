"""Requires what requires it."""

from crmkit.hooks import Plugin

plugin = Plugin(id="bad_circle_b", name="Bad circle b", requires=("bad_circle_a",))
