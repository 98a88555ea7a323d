"""A door for the tests of the API's document; see tests/web/doors.py."""

import pytest

from tests.web.doors import borrow_door


@pytest.fixture(scope="module")
def door(crm_database, crm_templates):
    with borrow_door(crm_database, crm_templates) as opened:
        yield opened
