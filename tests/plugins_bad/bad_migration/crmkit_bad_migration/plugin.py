"""Its migration fails half-way."""

from crmkit.hooks import Plugin

plugin = Plugin(id="bad_migration", name="Bad migration")
