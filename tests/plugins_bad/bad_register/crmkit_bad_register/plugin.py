"""Raises when it is asked what it brings."""

from crmkit.hooks import Plugin, register_jobs

plugin = Plugin(id="bad_register", name="Bad register")


@register_jobs.impl
def kinds(ctx):
    raise ZeroDivisionError(ctx.plugin_id)
