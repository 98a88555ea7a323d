"""Takes its time as it is imported."""

import time

from crmkit.hooks import Plugin

time.sleep(0.3)
plugin = Plugin(id="bad_slow_import", name="Bad slow import")
