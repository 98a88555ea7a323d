from __future__ import annotations

from importlib.util import find_spec

# What needs the extra is not collected where it is not installed.
collect_ignore = [] if find_spec("sklearn") else ["test_learning.py"]
