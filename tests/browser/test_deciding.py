"""Scoring and assignment as a manager works with them, where both are installed."""

from __future__ import annotations

from decimal import Decimal
from importlib.util import find_spec

import httpx2
import pytest
from playwright.sync_api import expect

from crmkit.core import (
    LeadDraft,
    MemberDraft,
    PastLeadDraft,
    Status,
    create_leads,
    edit_member,
    get_member,
    get_team,
    get_user,
)
from crmkit.testing import FrozenClock
from crmkit.testing.fixtures import MakeCrm
from crmkit.testing.kit import meet

from tests.browser.sites import Visit, serve

PLUGINS = ("assignment", "scoring")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        any(find_spec(f"crmkit_{name}") is None for name in PLUGINS),
        reason="needs both plugins",
    ),
]


def _closed(kit, number):
    by_mail = number % 2 == 0
    is_won = number % 10 < 9 if by_mail else number % 10 == 1
    return PastLeadDraft(
        name=f"Deal {number}",
        team_id=kit.lyon,
        stage_id=kit.proposal,
        source="Mail" if by_mail else "Phone",
        status=Status.WON if is_won else Status.LOST,
    )


@pytest.fixture(scope="module")
def deciding(crm_templates, browser):
    """A site with sixty closed leads, three that nobody owns, and room for them."""
    url = crm_templates.copy("sqlite", PLUGINS, with_kit=True)
    make = MakeCrm(url, FrozenClock(), crm_templates, PLUGINS)
    kit = meet(make())
    with kit.work() as uow:
        create_leads(uow, [_closed(kit, number) for number in range(60)])
        drafts = [
            LeadDraft(name=name, team_id=kit.lyon, source="Mail")
            for name in ("Pump", "Valve", "Meter")
        ]
        pump, *_ = create_leads(uow, drafts)
        member = get_member(uow, get_team(uow, kit.lyon), get_user(uow, kit.tom))
        edit_member(uow, member, MemberDraft(user_id=kit.tom, capacity=90))
    with serve(kit) as site:
        # What the first request makes is made before a page has to be there in time.
        assert httpx2.get(f"{site.address}/sign-in", timeout=60).is_success
        visit = Visit(browser, site)
        yield visit, kit, pump
        visit.close()
    make.close()
    crm_templates.drop("sqlite", url)
    assert visit.complaints == []


def _do(kit, page):
    """What the page began is done; it shows so by itself."""
    kit.run_jobs()
    expect(page.locator("[data-refresh]")).to_have_count(0)


def test_a_manager_trains_and_sees_how_well_was_foretold(deciding):
    visit, kit, _ = deciding
    page = visit("/p/scoring/model", "max")
    expect(page.get_by_text("No back-test yet")).to_be_visible()
    page.get_by_role("button", name="Train").click()
    expect(page.get_by_role("status").first).to_contain_text("Learning")
    _do(kit, page)
    diagram = page.get_by_role("figure", name="Reliability diagram")
    expect(diagram.locator("circle").first).to_be_visible()
    diagram.get_by_role("radio", name="Table").check(force=True)
    expect(diagram.get_by_role("table")).to_be_visible()
    expect(diagram.locator("circle").first).to_be_hidden()


def test_a_probability_is_set_by_hand_and_given_back(deciding):
    visit, kit, _ = deciding
    lead = kit.lead("By hand", source="Mail", owner_id=kit.max, team_id=kit.lyon)
    page = visit(f"/leads/{lead.id}", "max")
    page.locator("#fact-probability button.ck-fact").click()
    box = page.locator("#fact-probability input[name=value]")
    box.fill("5")
    box.press("Enter")
    expect(page.locator("#fact-probability")).to_contain_text("5 %")
    assert kit.fresh(lead).probability == Decimal(5)
    page.reload()
    back = page.get_by_role("button", name="Back to automatic")
    back.click()
    expect(back).to_have_count(0)
    assert kit.fresh(lead).probability == lead.probability


def test_a_plan_is_made_changed_by_hand_applied_and_undone(deciding):
    visit, kit, pump = deciding
    page = visit("/p/assignment/runs", "max")
    page.get_by_role("button", name="Make a plan").click()
    _do(kit, page)
    expect(page.get_by_text("Nothing is given yet")).to_be_visible()
    row = page.get_by_role("row", name="Pump")
    row.get_by_label("Pump goes to").select_option(str(kit.ann))
    row.get_by_role("button", name="Keep").click()
    expect(row).to_contain_text("chosen by hand")
    page.get_by_role("button", name="Apply").click()
    _do(kit, page)
    expect(row).to_contain_text("Ann")
    assert kit.fresh(pump).owner_id == kit.ann
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("undone")).to_be_visible()
    kit.run_jobs()
    assert kit.fresh(pump).owner_id is None
