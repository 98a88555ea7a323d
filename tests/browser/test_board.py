"""Moving cards on the board, by mouse and by keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from crmkit.core import get_lead

from tests.browser.moving import carry, drop_on
from tests.browser.sites import Site, expect_sums

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def _lead(site: Site, name: str, **fields: object) -> int:
    values = {"expected_revenue": 8_000, "stage_id": site.kit.new, **fields}
    return site.kit.lead(name, **values).id


def _expect_in(page: Page, lead_id: int, stage_id: int) -> None:
    card = page.locator(f"#col-{stage_id} #lead-{lead_id}")
    expect(card).to_have_count(1)
    expect(page.locator(f"#lead-{lead_id}")).to_have_count(1)


def test_a_dragged_card_changes_the_sums_of_both_columns_and_undo_puts_it_back(
    visit, site
):
    kit = site.kit
    lead_id = _lead(site, "Dragged")
    page = visit("/pipeline?filter=name+contains+Dragged")
    expect_sums(page, kit.new, 1, 8000, 800)
    expect_sums(page, kit.proposal, 0, 0, 0)
    carry(page, page.locator(f"#lead-{lead_id}"), page.locator(f"#col-{kit.proposal}"))
    toast = page.locator(".ck-toast")
    expect(toast).to_contain_text("Dragged moved to Proposal")
    _expect_in(page, lead_id, kit.proposal)
    expect_sums(page, kit.new, 0, 0, 0)
    expect_sums(page, kit.proposal, 1, 8000, 4000)
    assert site.stage_of(lead_id) == kit.proposal
    toast.get_by_role("button", name="Undo").click()
    _expect_in(page, lead_id, kit.new)
    expect_sums(page, kit.new, 1, 8000, 800)
    assert site.stage_of(lead_id) == kit.new


def test_the_sums_of_the_whole_board_are_those_of_the_database(visit, site):
    page = visit("/pipeline")
    sums = site.sums()
    for stage_id in (site.kit.new, site.kit.proposal):
        expect_sums(page, stage_id, *sums[stage_id])


def test_a_card_is_moved_by_the_keyboard_alone(visit, site):
    kit = site.kit
    lead_id = _lead(site, "Typed")
    page = visit("/pipeline?filter=name+contains+Typed")
    page.locator("body").press("ArrowDown")
    expect(page.locator(f"#lead-{lead_id}-link")).to_be_focused()
    page.keyboard.press("m")
    menu = page.locator("#move-menu")
    expect(menu).to_be_visible()
    page.keyboard.press("End")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".ck-toast")).to_contain_text("Typed moved to Proposal")
    _expect_in(page, lead_id, kit.proposal)
    expect_sums(page, kit.proposal, 1, 8000, 4000)
    expect(page.locator(f"#lead-{lead_id}-link")).to_be_focused()
    page.keyboard.press("m")
    page.keyboard.press("1")
    _expect_in(page, lead_id, kit.new)
    expect_sums(page, kit.new, 1, 8000, 800)
    page.keyboard.press("Control+z")
    _expect_in(page, lead_id, kit.proposal)
    assert site.stage_of(lead_id) == kit.proposal


def test_a_refused_card_goes_back_and_the_sentence_says_why(visit, site):
    kit = site.kit
    lead_id = _lead(site, "Locked safe")
    page = visit("/pipeline?filter=name+contains+safe")
    carry(page, page.locator(f"#lead-{lead_id}"), page.locator(f"#col-{kit.proposal}"))
    refusal = page.locator(".ck-toast.is-refused")
    expect(refusal).to_contain_text("The budget of this lead is not agreed yet.")
    _expect_in(page, lead_id, kit.new)
    expect_sums(page, kit.new, 1, 8000, 800)
    expect_sums(page, kit.proposal, 0, 0, 0)
    assert site.stage_of(lead_id) == kit.new


def test_a_refused_card_goes_back_to_its_very_place(visit, site):
    kit = site.kit
    for number in range(3):
        _lead(site, f"Locked row {number}")
    page = visit("/pipeline?filter=name+contains+%22Locked+row%22")
    cards = page.locator(f"#col-{kit.new} .ck-card")
    before = cards.evaluate_all("cards => cards.map(card => card.id)")
    carry(page, cards.nth(1), page.locator(f"#col-{kit.proposal}"))
    expect(page.locator(".ck-toast.is-refused")).to_be_visible()
    assert cards.evaluate_all("cards => cards.map(card => card.id)") == before


def test_a_card_that_somebody_moved_meanwhile_says_so(visit, site):
    kit = site.kit
    other = kit.stage("Talks", probability=30).id
    lead_id = _lead(site, "Contested")
    page = visit("/pipeline?filter=name+contains+Contested")
    site.move(lead_id, other)
    carry(page, page.locator(f"#lead-{lead_id}"), page.locator(f"#col-{kit.proposal}"))
    refusal = page.locator(".ck-toast.is-refused")
    expect(refusal).to_be_visible()
    _expect_in(page, lead_id, other)  # the page fetched itself anew
    assert site.stage_of(lead_id) == other


def test_a_card_dropped_on_lost_asks_why_and_escape_leaves_it(visit, site):
    kit = site.kit
    lead_id = _lead(site, "Doomed")
    page = visit("/pipeline?filter=name+contains+Doomed")
    card = page.locator(f"#lead-{lead_id}")
    drop_on(page, card, "lost")
    dialog = page.get_by_role("dialog", name="Why was Doomed lost?")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    _expect_in(page, lead_id, kit.new)
    assert site.stage_of(lead_id) == kit.new
    drop_on(page, card, "lost")
    dialog.get_by_label("Reason", exact=True).select_option(label="Price")
    dialog.get_by_label("Note").fill("Too dear")
    dialog.get_by_role("button", name="Mark as lost").click()
    expect(page.locator(".ck-toast")).to_contain_text("Doomed is lost")
    expect(card).to_have_count(0)
    with kit.read() as uow:
        lead = get_lead(uow, lead_id)
    assert (lead.status, lead.lost_note) == ("lost", "Too dear")


def test_a_card_dropped_on_won_is_won(visit, site):
    lead_id = _lead(site, "Lucky")
    page = visit("/pipeline?filter=name+contains+Lucky")
    drop_on(page, page.locator(f"#lead-{lead_id}"), "won")
    expect(page.locator(".ck-toast")).to_contain_text("Lucky is won")
    assert site.stage_of(lead_id) == site.kit.won


def test_escape_in_a_drag_leaves_the_card(visit, site):
    kit = site.kit
    lead_id = _lead(site, "Hesitant")
    page = visit("/pipeline?filter=name+contains+Hesitant")
    card = page.locator(f"#lead-{lead_id}")
    start, end = (
        card.bounding_box(),
        page.locator(f"#col-{kit.proposal}").bounding_box(),
    )
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 40, start["y"] + 60)
    page.mouse.down()
    page.mouse.move(start["x"] + 50, start["y"] + 70, steps=4)
    page.mouse.move(end["x"] + 80, end["y"] + 60, steps=8)
    page.keyboard.press("Escape")
    page.mouse.up()
    _expect_in(page, lead_id, kit.new)
    expect(page.locator(".ck-toast")).to_have_count(0)
    assert site.stage_of(lead_id) == kit.new


def test_more_cards_come_below_and_can_be_moved(visit, site):
    kit = site.kit
    page = visit("/pipeline")
    cards = page.locator(f"#col-{kit.proposal} .ck-card")
    expect(cards).to_have_count(30)
    cards.last.scroll_into_view_if_needed()
    expect(cards).not_to_have_count(30)
    ids = cards.evaluate_all("cards => cards.map(card => card.id)")
    assert len(ids) == len(set(ids)) > 55


def test_a_card_dropped_on_another_owner_is_his_and_a_second_window_sees_it(
    visit, site
):
    kit = site.kit
    lea = kit.people["lea"]
    lead_id = _lead(site, "Handed over", owner_id=kit.eve)
    address = "/pipeline?filter=name+contains+Handed&group=owner"
    page, other = visit(address), visit(address, "max")
    card = page.locator(f"#lead-{lead_id}")
    column = page.locator(f".ck-col[data-to='{lea}']")
    expect(page.locator(f".ck-col[data-to='{kit.eve}']").locator(card)).to_have_count(1)
    column.scroll_into_view_if_needed()
    carry(page, card, column)
    expect(page.locator(".ck-toast")).to_contain_text("Handed over moved to Lea")
    expect(column.locator(card)).to_have_count(1)
    with kit.read() as uow:
        assert get_lead(uow, lead_id).owner_id == lea
    theirs = other.locator(f".ck-col[data-to='{lea}'] #lead-{lead_id}")
    expect(theirs).to_have_count(1, timeout=5000)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(f".ck-col[data-to='{kit.eve}']").locator(card)).to_have_count(1)
