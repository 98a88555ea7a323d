"""A lead is qualified, merged, worked on, lost and brought back: by mouse, by keys."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from crmkit.core import Lead, LostReason, activities_of, find_named, get_lead

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.sites import Site

pytestmark = pytest.mark.browser

_LEAD = re.compile(r"/leads/[0-9]+$")


def _twins(site: Site, name: str) -> tuple[int, int]:
    """A lead and an opportunity that are of the same customer."""
    known = {"company_name": f"{name} AG", "contact_name": "Ada Lovelace"}
    lead = site.kit.lead(f"{name} asks", kind="lead", phone="0612345678", **known)
    twin = site.kit.lead(f"{name} again", expected_revenue=4_000, **known)
    return lead.id, twin.id


def _expect_state(site: Site, lead_id: int, **values: object) -> Lead:
    with site.kit.read() as uow:
        lead = get_lead(uow, lead_id)
        assert {name: getattr(lead, name) for name in values} == values
        return lead


def _expect_lost(site: Site, lead_id: int, reason: str) -> None:
    with site.kit.read() as uow:
        known = find_named(uow, LostReason, [reason])
    lead = _expect_state(site, lead_id, status="lost", lost_note="They told us.")
    assert lead.lost_reason_id in known.values()


def _expect_done(site: Site, lead_id: int) -> None:
    """The first activity is kept with its feedback, and the next is planned."""
    with site.kit.read() as uow:
        lead = get_lead(uow, lead_id)
        said = [activity.feedback for activity in activities_of(uow, lead)]
        assert lead.next_activity_id is not None
    assert said == [None, "She wants an offer."]


def _day(site: Site, days: int) -> str:
    with site.kit.read() as uow:
        return (uow.today() + timedelta(days=days)).isoformat()


def _press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def _toast(page: Page, text: str) -> None:
    expect(page.locator(".ck-toast").last).to_contain_text(text)


def _is_open_again(page: Page, site: Site, lead_id: int) -> None:
    _toast(page, "Undone")
    lost = page.locator("#lead-top").get_by_role("button", name="Lost")
    expect(lost).to_be_visible()
    _expect_state(site, lead_id, status="open", lost_reason_id=None, lost_note=None)


def _qualify_by_mouse(page: Page) -> None:
    page.get_by_role("button", name="Convert").click()
    dialog = page.get_by_role("dialog")
    contact = dialog.get_by_label("Contact")
    expect(contact).to_contain_text("New: Ada Lovelace, Mouse AG")
    dialog.get_by_role("button", name="Convert").click()
    _toast(page, "Mouse asks is an opportunity now")
    expect(page.get_by_role("button", name="Convert")).to_have_count(0)


def _merge_by_mouse(page: Page) -> int:
    page.goto("/leads?filter=name+contains+Mouse")
    merge = page.get_by_role("toolbar").get_by_role("button", name="Merge")
    boxes = page.locator("#rows [data-select]")
    boxes.first.check()
    expect(merge).to_be_hidden()
    boxes.last.check()
    merge.click()
    page.get_by_role("radio", name="Title: Mouse again").check()
    page.get_by_role("button", name="Merge").click()
    page.wait_for_url(_LEAD)
    _toast(page, "2 leads are one now: Mouse again")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mouse again")
    return int(page.url.rpartition("/")[2])


def _act_by_mouse(page: Page, next_day: str) -> None:
    page.get_by_role("button", name="Plan one").click()
    form, dialog = page.locator("#activity-form"), page.get_by_role("dialog")
    form.get_by_label("About").fill("Ask what she needs")
    form.get_by_role("button", name="Plan").click()
    strip = page.locator("#lead-head .ck-next")
    expect(strip).to_contain_text("Ask what she needs")
    strip.get_by_role("button", name="Done").click()
    dialog.get_by_label("What came of it?").fill("She wants an offer.")
    dialog.get_by_label("Next step").select_option(index=2)
    dialog.get_by_label("About").fill("Send the offer")
    dialog.get_by_label("Day").fill(next_day)
    dialog.get_by_role("button", name="Done").click()
    expect(strip).to_contain_text("Send the offer")


def _lose_by_mouse(page: Page) -> None:
    page.locator("#lead-top").get_by_role("button", name="Lost").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("or a new reason").fill("Built it themselves")
    dialog.get_by_label("Note").fill("They told us.")
    dialog.get_by_role("button", name="Mark as lost").click()
    _toast(page, "Mouse again is lost")


def test_a_lead_lives_its_life_under_the_mouse(visit, site):
    lead_id, _ = _twins(site, "Mouse")
    page = visit(f"/leads/{lead_id}")
    _qualify_by_mouse(page)
    master = _merge_by_mouse(page)
    _expect_state(site, master, phone="0612345678", expected_revenue=4_000)
    _act_by_mouse(page, _day(site, 3))
    _expect_done(site, master)
    _lose_by_mouse(page)
    _expect_lost(site, master, "Built it themselves")
    page.locator(".ck-toast").last.get_by_role("button", name="Undo").click()
    _is_open_again(page, site, master)


def _qualify_by_keys(page: Page) -> None:
    page.keyboard.press("o")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Contact")).to_be_focused()
    page.keyboard.press("Control+Enter")
    _toast(page, "Keys asks is an opportunity now")


def _merge_and_take_back_by_keys(page: Page) -> None:
    page.goto("/leads?filter=name+contains+Keys")
    _press(page, "j", "x", "j", "x", "u")
    page.wait_for_url("**/leads/merge?ids=*")
    expect(page.get_by_role("radio", name="stays").first).to_be_focused()
    _press(page, "Tab", "Tab")
    expect(page.locator("[name=pick-name]:focus")).to_have_count(1)
    _press(page, "ArrowRight")
    title = page.get_by_role("radio", name=re.compile("^Title"))
    expect(title.last).to_be_checked()
    _press(page, "Control+Enter")
    page.wait_for_url(_LEAD)
    _toast(page, "2 leads are one now")
    _press(page, "Control+z")
    _toast(page, "Undone")


def _act_by_keys(page: Page) -> None:
    _press(page, "a")
    expect(page.locator("#activity-form").get_by_label("What")).to_be_focused()
    _press(page, "Tab")
    page.keyboard.type("Ask what she needs")
    _press(page, "Control+Enter")
    strip, dialog = page.locator("#lead-head .ck-next"), page.get_by_role("dialog")
    expect(strip).to_contain_text("Ask what she needs")
    strip.get_by_role("button", name="Done").press("Enter")
    expect(dialog.get_by_label("What came of it?")).to_be_focused()
    page.keyboard.type("She wants an offer.")
    _press(page, "Tab", "ArrowDown", "Tab")
    page.keyboard.type("Send the offer")
    _press(page, "Control+Enter")
    expect(strip).to_contain_text("Send the offer")


def _lose_by_keys(page: Page) -> None:
    page.locator("body").press("l")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Reason", exact=True)).to_be_focused()
    _press(page, "Tab")
    page.keyboard.type("Took another road")
    _press(page, "Tab")
    page.keyboard.type("They told us.")
    _press(page, "Control+Enter")
    _toast(page, "Keys asks is lost")


def test_a_lead_lives_its_life_by_the_keyboard_alone(visit, site):
    lead_id, twin_id = _twins(site, "Keys")
    page = visit(f"/leads/{lead_id}")
    _qualify_by_keys(page)
    _merge_and_take_back_by_keys(page)
    _expect_state(site, lead_id, merged_into_id=None, name="Keys asks")
    _expect_state(site, twin_id, merged_into_id=None, name="Keys again")
    page.goto(f"/leads/{lead_id}")
    _act_by_keys(page)
    _expect_done(site, lead_id)
    _lose_by_keys(page)
    _expect_lost(site, lead_id, "Took another road")
    _press(page, "Control+z")
    _is_open_again(page, site, lead_id)
