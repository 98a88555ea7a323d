"""What the whole suite leaves to environments of their own.

`make test` tries the core and each plugin alone, on SQLite, before it tries everything
together. With `CRMKIT_TEST_SQLITE=alone` the whole suite asks those same tests on
PostgreSQL only, and not at all what needs no database; all others it asks on both.

Pages draw what the core reads. Of their tests the whole suite asks on PostgreSQL those
that send what a column cannot hold, and those of who may do what; `make soak` asks all
on both.
"""

import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
PAGES = "tests/web"
PAGES_ON_BOTH = re.compile(r"test_(access|api_|hostile_input|scopes|bulk|search|past)")
ALONE = ("tests/core", "tests/hooks", "tests/plugins", "tests/web", "plugins")


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Deselect what was tried alone, but for its half on PostgreSQL."""
    if os.environ.get("CRMKIT_TEST_SQLITE") != "alone":
        return
    left = [item for item in items if _is_tried_alone(item)]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in set(left)]


def _is_tried_alone(item: pytest.Item) -> bool:
    spec = getattr(item, "callspec", None)
    database = None if spec is None else spec.params.get("crm_database")
    folder = item.path.relative_to(ROOT).as_posix()
    left_out = ["browser"] if folder.startswith("plugins") else ["browser", "plugins"]
    if database is None and any(item.get_closest_marker(name) for name in left_out):
        return False  # the environment of the core has neither
    if database == "postgresql":
        return folder.startswith(PAGES) and not PAGES_ON_BOTH.match(item.path.name)
    return folder.startswith(ALONE)
