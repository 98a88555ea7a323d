"""What the whole suite leaves to environments of their own.

`make test` tries the core and each plugin alone, on SQLite, before it tries everything
together. With `CRMKIT_TEST_SQLITE=alone` the whole suite asks those same tests on
PostgreSQL only; all others it asks on both databases.
"""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
ALONE = ("tests/core", "tests/hooks", "tests/plugins", "tests/web", "plugins")


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Deselect the SQLite half of what was tried alone."""
    if os.environ.get("CRMKIT_TEST_SQLITE") != "alone":
        return
    left = [item for item in items if _is_tried_alone(item)]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in set(left)]


def _is_tried_alone(item: pytest.Item) -> bool:
    spec = getattr(item, "callspec", None)
    if spec is None or spec.params.get("crm_database") != "sqlite":
        return False
    folder = item.path.relative_to(ROOT).as_posix()
    return folder.startswith(ALONE)
