"""axe looks at every page, light and dark, wide and on a phone.

It adds styles of its own, so these pages are opened without their policy; every other
test keeps it and fails on a violation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import (  # type: ignore[import-untyped]
    Axe,
)
from playwright.sync_api import expect

from crmkit.core import (
    ActivityDraft,
    ContactDraft,
    NoteDraft,
    add_note,
    create_contact,
    get_lead,
    plan_activity,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

LOOKS = (
    (1440, "light"),
    (390, "dark"),
    pytest.param(1440, "dark", marks=pytest.mark.soak),
    pytest.param(390, "light", marks=pytest.mark.soak),
)
PAGES = (
    "/today",
    "/notifications",
    "/activities?filter=+",
    "/activities?show=calendar&filter=+",
    "/settings/stages",
    "/settings/lists/tags",
    "/pipeline",
    "/leads",
    "/leads?filter=probability+%3E",
    "/leads?q=nothingisnamedso",
    "/leads/1",
    "/contacts",
    "/leads/new",
    "/leads/1/lose",
    "/search?q=valve",
    "/leads/999999",
)


@pytest.fixture(scope="module")
def axe():
    return Axe()


@pytest.fixture(scope="module", autouse=True)
def past(site):
    """Something to look at: a next step, a note, a contact, a lost lead."""
    kit = site.kit
    with kit.work(kit.eve) as uow:
        lead = get_lead(uow, 1)
        add_note(uow, lead, NoteDraft(text="Rang."))
        draft = ActivityDraft(type="call", summary="Ring", due_on=uow.today())
        plan_activity(uow, lead, draft)
        create_contact(uow, ContactDraft(name="Ada", email="ada@example.org"))


def _check(axe: Axe, page: Page, where: str) -> None:
    found = axe.run(page)
    assert found.violations_count == 0, f"{where}\n{found.generate_report()}"


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_axe_finds_nothing_on_any_page(visit, axe, width, theme):
    page = visit("/sign-in", None, width=width, color_scheme=theme, bypass_csp=True)
    _check(axe, page, "/sign-in")
    page = visit("/pipeline", "max", width=width, color_scheme=theme, bypass_csp=True)
    for path in PAGES:
        page.goto(path)
        _check(axe, page, path)


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_axe_finds_nothing_in_what_opens(visit, axe, width, theme):
    page = visit("/pipeline", "max", width=width, color_scheme=theme, bypass_csp=True)
    page.locator("[data-move-menu]").first.click()
    expect(page.locator("#move-menu")).to_be_visible()
    _check(axe, page, "move menu")
    page.keyboard.press("Escape")
    page.locator("a[hx-get='/leads/new']:visible").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    _check(axe, page, "quick create")
    dialog.locator("button[type=submit]").last.click()
    expect(dialog.locator("#name-error")).to_be_visible()
    _check(axe, page, "quick create, refused")
    page.goto("/leads/1")
    page.locator("#lead-top [hx-get='/leads/1/lose']").click()
    expect(dialog).to_be_visible()
    _check(axe, page, "lose")
    page.keyboard.press("Escape")
    if width > 390:
        page.locator("#fact-company_name button.ck-fact").click()
        expect(page.locator("#fact-company_name input[name=value]")).to_be_visible()
        _check(axe, page, "a fact being edited")
