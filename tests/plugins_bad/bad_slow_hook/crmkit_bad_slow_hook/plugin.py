"""Takes its time in a hook."""

import time

from crmkit.hooks import Plugin, lead_created

plugin = Plugin(id="bad_slow_hook", name="Bad slow hook")


@lead_created.impl
def rest(ctx):
    del ctx
    time.sleep(0.25)
