"""Pages of every installed plugin, and every slot filled, in a real browser."""

from __future__ import annotations

import pytest

from crmkit.core import find_plugins
from crmkit.testing import FrozenClock, open_door
from crmkit.testing.conformance.browsing import PLACES, complaints_about, own_pages
from crmkit.testing.fixtures import MakeCrm
from crmkit.testing.kit import meet

from tests.web.test_slots import fill_all

pytestmark = pytest.mark.browser


@pytest.fixture
def company(crm_templates):
    """Every installed plugin, and one that puts something into each slot."""
    ids = [found.id for found in find_plugins()]
    url = crm_templates.copy("sqlite", ids, with_kit=True)
    make = MakeCrm(url, FrozenClock(), crm_templates, ids)
    kit = meet(make(fill_all("good", lambda answer: answer)))
    kit.lead("Valve", expected_revenue=1000)
    with open_door(kit) as opened:
        yield opened
    make.close()
    crm_templates.drop("sqlite", url)


def test_the_policy_and_axe_find_nothing_in_pages_and_places_of_plugins(
    browser, company
):
    shown = company.person("eve").get("/leads").text
    assert "place_list_columns" in shown
    paths = [path for found in find_plugins() for path in own_pages(company, found.id)]
    assert len(paths) > len(find_plugins())
    assert complaints_about(browser, company, [*PLACES, *paths]) == []
