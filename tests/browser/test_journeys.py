"""Signing in, quick create, the list, language and theme, the phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from crmkit.core import find_user

from tests.browser.sites import PASSWORD

pytestmark = pytest.mark.browser


def test_signing_in_takes_a_keyboard_only(visit):
    page = visit("/leads?sort=name", who=None)
    expect(page).to_have_url(re.compile("/sign-in"))
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type("eve@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("do not belong together")
    expect(page.get_by_label("E-mail")).to_have_value("eve@example.org")
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/leads\?sort=name"))
    page.get_by_role("button", name="Eve").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in"))


def test_quick_create_keeps_what_was_typed_until_it_can_be_saved(visit, site):
    page = visit("/pipeline")
    page.locator("body").press("c")
    dialog = page.get_by_role("dialog", name="New lead")
    expect(dialog.get_by_label("Title")).to_be_focused()
    dialog.get_by_label("Company").fill("Aqua & Söhne <b>")
    dialog.get_by_label("Expected revenue").fill("much")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.locator("#name-error")).to_have_text("This is needed.")
    refused = dialog.locator("#expected_revenue")
    expect(refused).to_have_attribute("aria-invalid", "true")
    expect(refused).to_have_value("much")
    expect(dialog.get_by_label("Company")).to_have_value("Aqua & Söhne <b>")
    dialog.get_by_label("Title").fill("Quickly made")
    refused.fill("750")
    page.keyboard.press("Control+Enter")
    expect(dialog).to_have_count(0)
    toast = page.locator(".ck-toast")
    expect(toast).to_contain_text("Quickly made was created")
    toast.get_by_role("link", name="Open it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Quickly made")
    page.goto("/pipeline?filter=name+contains+Quickly")
    card = page.locator(f"#col-{site.kit.new} .ck-card")
    expect(card).to_contain_text("Aqua & Söhne <b>")
    expect(card).to_contain_text("€750")


def test_a_created_card_appears_on_the_board_without_a_new_page(visit, site):
    page = visit("/pipeline?filter=name+contains+Appearing")
    page.evaluate("window.isSamePage = true")
    page.locator("body").press("c")
    dialog = page.get_by_role("dialog", name="New lead")
    dialog.get_by_label("Title").fill("Appearing")
    dialog.get_by_role("button", name="Save and new").click()
    expect(page.locator(".ck-toast")).to_contain_text("Appearing was created")
    expect(dialog.get_by_label("Title")).to_have_value("")
    page.keyboard.press("Escape")
    expect(page.locator(f"#col-{site.kit.new} .ck-card")).to_have_count(1)
    assert page.evaluate("window.isSamePage") is True


def test_the_list_sorts_searches_and_shows_more(visit):
    page = visit("/leads")
    rows = page.locator("#rows tr")
    expect(rows).to_have_count(80)
    page.get_by_role("link", name="Show more").click()
    expect(rows).not_to_have_count(80)
    links = page.locator("#rows tr a[href^='/leads/']")
    hrefs = links.evaluate_all("links => links.map(link => link.href)")
    assert len(set(hrefs)) > 85
    head = page.locator("#leads thead th").nth(2)
    head.get_by_role("link").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(rows.first).to_contain_text("Valve 89")
    head.get_by_role("link").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    page.wait_for_load_state()  # keys are bound when the scripts of the page have run
    page.keyboard.press("/")
    page.keyboard.type("valve 07")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("Valve 07")
    expect(page).to_have_url(re.compile("sort=expected_revenue"))


@pytest.mark.parametrize("path", ["/pipeline", "/leads"])
def test_a_chip_narrows_and_is_taken_off_again(visit, path):
    page = visit(f"{path}?filter=name+contains+Valve")
    chip = page.get_by_role("group", name="Filters").get_by_role("link", name="Mine")
    chip.click()
    expect(page).to_have_url(re.compile(f"{path}\\?filter=[^?]*owner"))
    expect(page.get_by_text("Valve 01")).to_have_count(0)
    chip.click()
    expect(page).to_have_url(re.compile(f"{path}\\?filter=[^?]*Valve$"))
    page.get_by_role("link", name=re.compile("contains Valve")).click()
    expect(page).to_have_url(re.compile(f"{path}$"))


def test_the_language_is_chosen_and_chosen_back(visit):
    page = visit("/leads", "lea")
    page.get_by_role("button", name="Lea").click()
    page.get_by_role("button", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page).to_have_url(re.compile("/leads$"))
    expect(page.get_by_role("link", name="Contacts").first).to_be_visible()
    expect(page.get_by_text("Show more")).to_have_count(0)
    page.get_by_role("button", name="Lea").click()
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_text("Show more")).to_have_count(1)


def test_the_dark_theme_shows_at_once_and_stays(visit, site):
    page = visit("/pipeline", "bob")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Bob").click()
    with page.expect_response(re.compile("/profile$")):
        page.get_by_role("button", name="Dark").click()
    html = page.locator("html")
    expect(html).to_have_attribute("data-bs-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    page.reload()
    expect(html).to_have_attribute("data-bs-theme", "dark")
    with site.kit.read() as uow:
        user = find_user(uow, "bob@example.org")
        assert user is not None
        assert user.theme == "dark"


def test_on_a_phone_a_tab_shows_its_stage(visit, site):
    kit = site.kit
    page = visit("/pipeline", width=390)
    new, proposal = (page.locator(f"#col-{one}") for one in (kit.new, kit.proposal))
    expect(new).to_be_visible()
    expect(proposal).to_be_hidden()
    page.locator(f"[data-stage-tab='{kit.proposal}']").tap()
    expect(proposal).to_be_visible()
    expect(new).to_be_hidden()
    page.reload()
    expect(proposal).to_be_visible()


def test_nothing_typed_runs_anywhere(visit, site):
    hostile = "<img src=x onerror=\"document.title='owned'\">'\"{{7*7}}${7*7}"
    lead = site.kit.lead(hostile, company_name=hostile, contact_name=hostile)
    page = visit(f"/leads/{lead.id}")
    expect(page.get_by_role("heading", level=1)).to_have_text(hostile)
    page.locator("body").press("w")
    expect(page.locator(".ck-toast").first).to_contain_text(hostile)
    page.goto("/pipeline?q=onerror")
    page.goto("/leads?q=onerror")
    expect(page.locator("#rows")).to_contain_text(hostile)
    assert "owned" not in page.title()


def test_the_palette_goes_everywhere_by_keyboard(visit):
    page = visit("/contacts", "max")
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Search or run")
    expect(palette.get_by_role("option", name="Pipeline")).to_be_visible()
    page.keyboard.type("valve 07")
    expect(palette.get_by_role("option", name="Lead Valve 07")).to_be_visible()
    expect(palette.locator("[aria-selected=true]")).to_contain_text("Valve 07")
    page.keyboard.press("Enter")
    page.wait_for_url("**/leads/8")
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.wait_for_url("**/leads")


def test_rows_are_selected_and_a_filter_is_built_by_keyboard(visit):
    page = visit("/leads", "max")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_role("toolbar")).to_contain_text("1 selected")
    page.keyboard.press("Escape")
    expect(page.get_by_role("toolbar")).to_be_hidden()
    page.keyboard.press("f")
    text = page.get_by_label("The filter as text")
    page.locator("#builder button", has_text="Condition").first.click()
    page.get_by_label("Field", exact=True).select_option("name")
    page.get_by_label("Value", exact=True).fill("valve 1")
    text.focus()
    expect(text).to_have_value('name contains "valve 1"')
    page.keyboard.press("Enter")
    page.wait_for_url("**filter=name+contains*")
    expect(page.locator("tfoot")).to_contain_text("10 leads")
