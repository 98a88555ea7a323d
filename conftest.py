"""What the whole suite leaves to environments of their own.

`make test` tries the core and each plugin alone, on SQLite, before it tries everything
together. With `CRMKIT_TEST_SQLITE=alone` the whole suite asks those same tests on
PostgreSQL only, and not at all what needs no database; all others it asks on both.
"""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
ALONE = ("tests/core", "tests/hooks", "tests/plugins", "tests/web", "plugins")

ELSEWHERE = frozenset({"browser", "plugins"})
"""Marks of tests that the environment of the core or of one plugin leaves out."""


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
    if database is None and not ELSEWHERE.isdisjoint(item.keywords):
        return False
    folder = item.path.relative_to(ROOT).as_posix()
    return database != "postgresql" and folder.startswith(ALONE)
