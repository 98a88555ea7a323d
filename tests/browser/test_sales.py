"""Whole sales on the data of the demo: by mouse, by keyboard alone, on a phone."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from crmkit.app import open_crm
from crmkit.cli.demo.making import make_demo
from crmkit.core import find_user, get_lead, sign_in
from crmkit.testing import served
from crmkit.testing.fixtures import plain_settings
from crmkit.web import create_app

from tests.browser.moving import carry, drop_on
from tests.browser.sites import PATIENCE, Visit

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from crmkit.app import Crm

pytestmark = pytest.mark.browser

WHO = "camille@sonde.example"
_LEAD = re.compile(r"/leads/[0-9]+$")
SOON = 5_000 if os.environ.get("CRMKIT_PROFILE") == "soak" else PATIENCE
"""Milliseconds in which one sees what others did; a gate has much else to do."""


class Demo:
    """The demo, served; people sign in by their address."""

    def __init__(self, crm: Crm, address: str) -> None:
        self.crm = crm
        self.address = address

    def key(self, email: str) -> str:
        """A new sign-in of that person."""
        with self.crm.work() as uow:
            user = find_user(uow, email)
            assert user is not None
            return sign_in(uow, user.id, "test")

    def state(self, page: Page) -> tuple[str, str]:
        """Kind and status of the lead whose page is open."""
        with self.crm.read() as uow:
            lead = get_lead(uow, int(page.url.rpartition("/")[2]))
        return lead.kind.value, lead.status.value


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('sales')}/demo.db"
    settings = plain_settings(url)
    make_demo(settings, 12)
    crm = open_crm(settings)
    with served(create_app(crm)) as address:
        yield Demo(crm, address)
    crm.close()


@pytest.fixture
def visit(browser, demo):
    """Opens pages of the demo; what the browser complains of fails the test."""
    visits = Visit(browser, demo)
    yield visits
    visits.close()
    assert visits.complaints == []


def _toast(page: Page, text: str) -> Locator:
    toast = page.locator(".ck-toast").last
    expect(toast).to_contain_text(text)
    return toast


def _write_mouse(page: Page, name: str) -> None:
    page.locator("a[hx-get='/leads/new']:visible").first.click()
    dialog = page.get_by_role("dialog", name="New lead")
    dialog.get_by_label("Title").fill(name)
    dialog.get_by_label("Company").fill("Aqua Works")
    dialog.get_by_label("Person").fill("Ada Lovelace")
    dialog.get_by_label("Expected revenue").fill("12000")
    dialog.get_by_role("button", name="More fields").click()
    dialog.get_by_label("Kind").select_option("lead")
    dialog.get_by_role("button", name="Create").click()
    _toast(page, f"{name} was created").get_by_role("link", name="Open it").click()
    page.wait_for_url(_LEAD)


def _qualify_by_mouse(page: Page, name: str) -> None:
    page.get_by_role("button", name="Convert").click()
    page.get_by_role("dialog").get_by_role("button", name="Convert").click()
    _toast(page, f"{name} is an opportunity now")


def _act_by_mouse(page: Page) -> None:
    page.get_by_role("button", name="Plan one").click()
    form, strip = page.locator("#activity-form"), page.locator("#lead-head .ck-next")
    form.get_by_label("About").fill("Ask what she needs")
    form.get_by_role("button", name="Plan").click()
    expect(strip).to_contain_text("Ask what she needs")
    strip.get_by_role("button", name="Done").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What came of it?").fill("She wants an offer.")
    dialog.get_by_label("Next step").select_option(index=2)
    dialog.get_by_label("About").fill("Send the offer")
    dialog.get_by_role("button", name="Done").click()
    expect(strip).to_contain_text("Send the offer")


def _expect_won(page: Page, demo: Demo, lead: str) -> None:
    page.goto(lead)
    expect(page.locator("#lead-top")).to_contain_text("won")
    assert demo.state(page) == ("opportunity", "won")


def test_a_sale_by_mouse_from_the_first_word_to_won(visit, demo):
    page = visit("/leads", WHO)
    _write_mouse(page, "Mouse sale")
    assert demo.state(page) == ("lead", "open")
    _qualify_by_mouse(page, "Mouse sale")
    _act_by_mouse(page)
    lead = page.url
    page.goto("/pipeline?filter=name+contains+%22Mouse+sale%22")
    card, columns = page.locator(".ck-card"), page.locator("#board .ck-col")
    carry(page, card, columns.nth(2))
    _toast(page, "Mouse sale moved to")
    expect(columns.nth(2).locator(".ck-card")).to_have_count(1)
    drop_on(page, card, "won")
    _toast(page, "Mouse sale is won")
    _expect_won(page, demo, lead)


def _press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def _write_by_keys(page: Page, name: str) -> None:
    _press(page, "c")
    dialog = page.get_by_role("dialog", name="New lead")
    expect(dialog.get_by_label("Title")).to_be_focused()
    page.keyboard.type(name)
    for words in ("Aqua Works", "Ada Lovelace", "9000"):
        _press(page, "Tab")
        page.keyboard.type(words)
    dialog.get_by_role("button", name="More fields").press("Enter")
    dialog.get_by_label("Kind").press("End")
    _press(page, "Control+Enter")
    _toast(page, f"{name} was created")


def _open_by_keys(page: Page, name: str) -> None:
    _press(page, "Control+k")
    page.keyboard.type(name.lower())
    palette = page.get_by_role("dialog", name="Search or run")
    expect(palette.locator("[aria-selected=true]")).to_contain_text(name)
    _press(page, "Enter")
    page.wait_for_url(_LEAD)


def _qualify_and_act_by_keys(page: Page, name: str) -> None:
    _press(page, "o")
    expect(page.get_by_role("dialog").get_by_label("Contact")).to_be_focused()
    _press(page, "Control+Enter")
    _toast(page, f"{name} is an opportunity now")
    _press(page, "a")
    expect(page.locator("#activity-form").get_by_label("What")).to_be_focused()
    _press(page, "Tab")
    page.keyboard.type("Ask what she needs")
    _press(page, "Control+Enter")
    strip = page.locator("#lead-head .ck-next")
    expect(strip).to_contain_text("Ask what she needs")


def test_a_sale_by_the_keyboard_alone(visit, demo):
    page = visit("/pipeline", WHO)
    _write_by_keys(page, "Keys sale")
    _open_by_keys(page, "Keys sale")
    assert demo.state(page) == ("lead", "open")
    _qualify_and_act_by_keys(page, "Keys sale")
    _press(page, "Escape", "m")
    expect(page.locator(".ck-path button:focus")).to_have_count(1)
    _press(page, "ArrowRight", "Enter")
    _toast(page, "Keys sale moved to")
    page.locator("body").press("w")
    _toast(page, "Keys sale is won")
    _expect_won(page, demo, page.url)


def test_a_sale_on_a_phone(visit, demo):
    page = visit("/pipeline", WHO, width=390)
    _write_mouse(page, "Phone sale")
    _qualify_by_mouse(page, "Phone sale")
    lead = page.url
    page.goto("/pipeline?filter=name+contains+%22Phone+sale%22")
    page.locator("[data-move-menu]:visible").tap()
    page.locator("#move-menu [role=menuitem]").nth(1).tap()
    _toast(page, "Phone sale moved to")
    page.goto(lead)
    page.locator("#lead-top").get_by_role("button", name="Won").tap()
    _toast(page, "Phone sale is won")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide == 390
    _expect_won(page, demo, lead)


def test_a_refused_drag_goes_back_and_another_window_follows(visit):
    page, other = visit("/pipeline", WHO), visit("/leads", WHO)
    column = page.locator("#board .ck-col", has=page.locator(".ck-card + .ck-card"))
    cards = column.first.locator(".ck-card")
    before = cards.evaluate_all("all => all.map((one) => one.id)")
    carry(page, cards.first, cards.nth(1))
    refusal = page.locator(".ck-toast.is-refused")
    expect(refusal).to_contain_text("The board orders these cards.")
    assert cards.evaluate_all("all => all.map((one) => one.id)") == before
    number = before[0].removeprefix("lead-")
    other.goto(f"/leads/{number}")
    other.locator("#fact-company_name button.ck-fact").click()
    box = other.locator("#fact-company_name input[name=value]")
    box.fill("Seen at once AG")
    box.press("Enter")
    _toast(other, "Company saved")
    card = page.locator(f"#lead-{number}")
    expect(card).to_contain_text("Seen at once AG", timeout=SOON)
