"""The web door of the kit: one for a module's tests, or one for a test alone."""

import pytest

from tests.web.doors import borrow_door, open_door


@pytest.fixture(scope="module")
def door(crm_database, crm_templates):
    """A door that the tests of a module share: each makes the records it looks at."""
    with borrow_door(crm_database, crm_templates) as opened:
        yield opened


@pytest.fixture
def own_door(kit):
    """A door on a database of the test's own."""
    with open_door(kit) as opened:
        yield opened
