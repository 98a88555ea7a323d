"""The names by which filters, files and scripts call custom fields."""

from __future__ import annotations

import re

SLUG = re.compile(r"[a-z][a-z0-9_]{0,39}")
