"""The list by mouse and keyboard: cells that are edited where they stand."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from crmkit.core import edit_lead, get_lead

pytestmark = pytest.mark.browser


def test_cells_are_edited_by_mouse_and_by_keyboard(visit, site):
    first = site.kit.lead("Celled A", expected_revenue=1000)
    site.kit.lead("Celled B", expected_revenue=2000)
    page = visit("/leads?filter=name+contains+Celled&sort=name")
    row = page.locator(f"[data-row='{first.id}']")
    amount = row.locator("[data-cell=expected_revenue]")
    amount.click()
    box = amount.locator("input[name=value]")
    expect(box).to_be_focused()
    box.fill("much")
    box.press("Enter")
    expect(amount.get_by_role("alert")).to_have_text("Write a number, like 48500.50.")
    expect(box).to_have_value("much")
    box.fill("1500")
    box.press("Enter")
    expect(amount).to_have_text("€1,500")
    expect(page.locator("#leads > tfoot")).to_contain_text("€3,500")
    expect(amount).to_be_focused()
    for key in ("ArrowRight", "F2"):
        page.keyboard.press(key)
    chance = row.locator("[data-cell=probability]")
    expect(chance.locator("input[name=value]")).to_be_focused()
    page.keyboard.press("Tab")
    close = row.locator("[data-cell=expected_close]")
    expect(close.locator("input[name=value]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(close).to_be_focused()


def test_a_cell_that_somebody_changed_meanwhile_asks_whose_value_stays(visit, site):
    lead = site.kit.lead("Fought over", expected_revenue=2000)
    page = visit("/leads?filter=name+contains+Fought")
    cell = page.locator("[data-cell=expected_revenue]")
    page.keyboard.press("j")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    box = cell.locator("input[name=value]")
    expect(box).to_be_focused()
    with site.kit.work(site.kit.max) as uow:
        edit_lead(uow, get_lead(uow, lead.id), {"expected_revenue": 7000})
    box.fill("2500")
    box.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Max saved this field")
    expect(dialog).to_contain_text("€7,000")
    dialog.get_by_role("button", name="Keep the chosen one").click()
    expect(cell).to_have_text("€2,500")
    page.get_by_role("button", name="Undo").last.click()
    expect(cell).to_have_text("€7,000")
