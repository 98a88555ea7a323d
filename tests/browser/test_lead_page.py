"""Editing a lead in its page."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from crmkit.core import edit_lead, get_lead

pytestmark = pytest.mark.browser


def _open(visit, site, name, **fields):
    lead = site.kit.lead(name, **{"expected_revenue": 1000, **fields})
    return visit(f"/leads/{lead.id}"), lead


def test_enter_saves_a_fact_and_the_head_follows(visit, site):
    page, lead = _open(visit, site, "Facts of one")
    page.locator("#fact-expected_revenue button.ck-fact").click()
    box = page.locator("#fact-expected_revenue input[name=value]")
    expect(box).to_be_focused()
    expect(box).to_have_value("1000.00")
    box.fill("2,500.5")
    box.press("Enter")
    expect(page.locator("#fact-expected_revenue")).to_contain_text("€2,500.50")
    expect(page.locator("#lead-head .ck-worth")).to_contain_text("€2,500.50")
    expect(page.locator(".ck-toast")).to_contain_text("Expected revenue saved")
    expect(page.locator("#entries")).to_contain_text("€2,500.50")
    assert str(site.kit.fresh(lead).expected_revenue) == "2500.5"
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#fact-expected_revenue")).to_contain_text("€1,000")


def test_escape_leaves_a_fact_as_it_was(visit, site):
    page, lead = _open(visit, site, "Escaped")
    page.locator("#fact-company_name button.ck-fact").click()
    box = page.locator("#fact-company_name input[name=value]")
    box.fill("Nonsense Ltd")
    box.press("Escape")
    expect(box).to_have_count(0)
    expect(page.locator("#fact-company_name button.ck-fact")).to_be_focused()
    expect(page.locator("#fact-company_name")).not_to_contain_text("Nonsense")
    assert site.kit.fresh(lead).company_name is None


def test_a_value_that_cannot_be_is_refused_beside_its_field(visit, site):
    page, lead = _open(visit, site, "Refused value")
    page.locator("#fact-expected_revenue button.ck-fact").click()
    box = page.locator("#fact-expected_revenue input[name=value]")
    box.fill("much")
    box.press("Enter")
    error = page.locator("#fact-expected_revenue-error")
    expect(error).to_have_text("Write a number, like 48500.50.")
    expect(box).to_have_value("much")
    expect(box).to_have_attribute("aria-invalid", "true")
    assert site.kit.fresh(lead).expected_revenue == 1000


@pytest.mark.parametrize("choice", ["My value", "Their value"])
def test_two_who_edit_one_field_are_asked_whose_value_stays(visit, site, choice):
    page, lead = _open(visit, site, "Conflict", company_name="Before")
    page.locator("#fact-company_name button.ck-fact").click()
    box = page.locator("#fact-company_name input[name=value]")
    box.fill("Mine Ltd")
    with site.kit.work(site.kit.max) as uow:
        values = {"company_name": "Theirs Ltd", "priority": 2}
        edit_lead(uow, get_lead(uow, lead.id), values)
    box.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Max saved this field")
    expect(dialog).to_contain_text("Theirs Ltd")
    expect(dialog).to_contain_text("Mine Ltd")
    expect(dialog).to_contain_text("Before")
    expect(dialog).to_contain_text("Max also changed Priority")
    dialog.get_by_label(choice).check()
    dialog.get_by_role("button", name="Keep the chosen one").click()
    stays = "Mine Ltd" if choice == "My value" else "Theirs Ltd"
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#fact-company_name")).to_contain_text(stays)
    fresh = site.kit.fresh(lead)
    assert (fresh.company_name, fresh.priority) == (stays, 2)


def test_two_who_edit_different_fields_both_succeed(visit, site):
    page, lead = _open(visit, site, "Peace")
    page.locator("#fact-company_name button.ck-fact").click()
    box = page.locator("#fact-company_name input[name=value]")
    box.fill("Mine Ltd")
    with site.kit.work(site.kit.max) as uow:
        edit_lead(uow, get_lead(uow, lead.id), {"priority": 3})
    box.press("Enter")
    expect(page.locator(".ck-toast")).to_contain_text("Company saved")
    fresh = site.kit.fresh(lead)
    assert (fresh.company_name, fresh.priority) == ("Mine Ltd", 3)


def test_a_note_is_written_with_control_enter(visit, site):
    page, _ = _open(visit, site, "Noted")
    page.locator("body").press("n")
    box = page.get_by_placeholder("Write a note")
    expect(box).to_be_focused()
    box.fill("Rang <b>Ada</b>: she will ask.")
    box.press("Control+Enter")
    expect(page.locator("#entries")).to_contain_text("Rang <b>Ada</b>: she will ask.")
    expect(box).to_have_value("")


def test_people_are_offered_after_an_at(visit, site):
    page, _ = _open(visit, site, "Mentioned")
    page.locator("body").press("n")
    box, people = page.get_by_placeholder("Write a note"), page.locator("#mentions")
    box.press_sequentially("Ask @")
    expect(people.get_by_role("option")).to_have_count(6)
    box.press_sequentially("M")
    expect(people.get_by_role("option", selected=True)).to_have_text("MMax")
    box.press("Enter")
    expect(box).to_have_value("Ask @Max ")
    expect(people).to_be_hidden()
    box.press_sequentially("or @l")
    people.get_by_role("option", name="Lea").click()
    expect(box).to_have_value("Ask @Max or @Lea ")
    box.press_sequentially("@b")
    box.press("Escape")
    expect(people).to_be_hidden()
    box.press("Control+Enter")
    expect(page.locator("#entries")).to_contain_text("Ask @Max or @Lea @b")


def test_a_next_step_is_planned_and_done(visit, site):
    page, lead = _open(visit, site, "Planned")
    page.get_by_role("button", name="Plan one").click()
    form = page.locator("#activity-form")
    form.get_by_label("About").fill("Ask for the budget")
    form.get_by_label("Day").fill("2026-12-01")
    form.get_by_role("button", name="Plan").click()
    strip = page.locator("#lead-head .ck-next")
    expect(strip).to_contain_text("Ask for the budget")
    strip.get_by_role("button", name="Done").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What came of it?").fill("There is one.")
    dialog.get_by_label("Next step").select_option("")
    dialog.get_by_role("button", name="Done").click()
    expect(strip).to_contain_text("No next step")
    expect(page.locator("#entries")).to_contain_text("Ask for the budget")
    assert site.kit.fresh(lead).next_activity_id is None


def test_a_lead_is_won_by_a_key_and_opened_again(visit, site):
    page, lead = _open(visit, site, "Keyed")
    page.locator("body").press("w")
    expect(page.locator(".ck-toast").first).to_contain_text("Keyed is won")
    again = page.get_by_role("button", name="Open again")
    expect(again).to_be_visible()
    assert site.kit.fresh(lead).status == "won"
    again.click()
    expect(page.locator("#lead-top [data-key=w]")).to_be_visible()
    assert site.kit.fresh(lead).status == "open"


def test_the_path_moves_a_lead(visit, site):
    page, lead = _open(visit, site, "On its path")
    page.locator(".ck-path").get_by_role("button", name="Proposal").click()
    expect(page.locator(".ck-path [aria-current=step]")).to_contain_text("Proposal")
    assert site.kit.fresh(lead).stage_id == site.kit.proposal
