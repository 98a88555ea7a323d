"""What crmkit does as Odoo does it, a fact a test: docs/coming-from-odoo.md.

Where it differs on purpose, that page says how and why. Which leads are similar is the
matter of the plugin duplicates, and tested there.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from crmkit.core import (
    BulkChange,
    BulkDraft,
    ContactChoice,
    LostReason,
    MergeDraft,
    NameDraft,
    NotOpenError,
    QualifyDraft,
    Status,
    add_named,
    archive_lead,
    disagreements,
    edit_lead,
    get_contact,
    get_lead,
    get_stage,
    lose_lead,
    merge_leads,
    move_lead,
    preview_bulk,
    qualify_lead,
    restore_lead,
    win_lead,
)
from crmkit.testing.fixtures import borrow_kit


@pytest.fixture(scope="module")
def kit(crm_database, crm_templates):
    """One company for every fact: none looks at what another left."""
    with borrow_kit(crm_database, crm_templates) as borrowed:
        yield borrowed


def do(kit, lead, action, *more, **named):
    """The lead after an action of it."""
    with kit.work() as uow:
        found = get_lead(uow, lead.id)
        action(uow, found, *more, **named)
        return found


def move(kit, lead, stage_id):
    with kit.work() as uow:
        found = get_lead(uow, lead.id)
        move_lead(uow, found, get_stage(uow, stage_id))
        return found


def merge(kit, *leads, **draft):
    with kit.work() as uow:
        return merge_leads(uow, MergeDraft(ids=[one.id for one in leads], **draft)).lead


def qualify(kit, lead, **choice):
    draft = QualifyDraft(contact=ContactChoice(**choice))
    return do(kit, lead, qualify_lead, draft)


# The stage and the team


def test_a_new_lead_begins_in_the_first_stage_that_its_team_may_use(kit):
    assert kit.lead().stage_id == kit.new


def test_a_lead_without_an_owner_stays_with_its_team(kit):
    lead = do(kit, kit.lead(), edit_lead, {"owner_id": None})
    assert (lead.owner_id, lead.assigned_at, lead.team_id) == (None, None, kit.lyon)


def test_a_lead_that_leaves_the_team_of_its_stage_begins_anew(kit):
    team = kit.team("Nice", kit.ann)
    stage = kit.stage("Nice only", team_ids=(team,))
    lead = kit.lead(team_id=team, stage_id=stage.id)
    lead = do(kit, lead, edit_lead, {"team_id": kit.oslo})
    assert (lead.team_id, lead.stage_id) == (kit.oslo, kit.new)


def test_a_move_to_the_same_stage_is_none(kit):
    lead = kit.lead()
    moved = move(kit, lead, kit.new)
    assert (moved.stage_entered_at, moved.version) == (lead.stage_entered_at, 1)


# A lead and its contact


def test_choosing_a_contact_and_removing_it_keeps_the_words_of_the_lead(kit):
    contact = kit.contact(
        "Ada", email="ada@example.org", city="Oslo", phone="0700000000"
    )
    lead = kit.lead(email="a@example.org", phone="0612345678", city="Pau")
    for contact_id in (contact.id, None):
        lead = do(kit, lead, edit_lead, {"contact_id": contact_id})
        said = (lead.email, lead.phone, lead.city)
        assert said == ("a@example.org", "0612345678", "Pau")


def test_another_way_to_write_an_address_is_no_difference(kit):
    contact = kit.contact("Ada", email="ADA@example.org", phone="06 12 34 56 78")
    lead = kit.lead(
        contact_id=contact.id,
        contact_name="Ada",
        email="ada@example.org",
        phone="+33612345678",
    )
    with kit.read() as uow:
        assert disagreements(uow, get_lead(uow, lead.id)) == ()


# Won, lost, archived, restored


def test_every_way_into_a_won_stage_makes_it_certain(kit):
    ways = (
        kit.lead(stage_id=kit.won),
        move(kit, kit.lead(probability=30), kit.won),
        do(kit, kit.lead(), win_lead),
    )
    for lead in ways:
        assert (lead.status, lead.probability) == (Status.WON, 100)
        assert lead.closed_at is not None
        assert not lead.probability_is_manual


def test_leaving_a_won_stage_opens_the_lead_and_computes_anew(kit):
    lead = move(kit, do(kit, kit.lead(probability=30), win_lead), kit.proposal)
    assert (lead.status, lead.closed_at, lead.probability) == (Status.OPEN, None, 50)


def test_winning_takes_the_next_won_stage_else_the_last_before(kit):
    team = kit.team("Brest", kit.ann)
    ends = {
        name: kit.stage(name, is_won=True, team_ids=(team,)).id
        for name in ("Near", "Far")
    }
    after = kit.stage("After the end", team_ids=(team,))
    first = do(kit, kit.lead(team_id=team), win_lead)
    assert first.stage_id == kit.won, "a shared one comes before the team's own"
    last = do(kit, kit.lead(team_id=team, stage_id=after.id), win_lead)
    assert last.stage_id == ends["Far"]


def test_winning_an_archived_lead_brings_it_back(kit):
    lead = do(kit, do(kit, kit.lead(), archive_lead), win_lead)
    assert (lead.status, lead.archived_at) == (Status.WON, None)


def test_certainty_in_an_ordinary_stage_is_no_win(kit):
    lead = do(kit, kit.lead(), edit_lead, {"probability": Decimal(100)})
    assert (lead.status, lead.closed_at) == (Status.OPEN, None)


def test_a_lost_lead_stands_where_it_stood_without_a_chance(kit):
    lead = do(kit, kit.lead(stage_id=kit.proposal, probability=70), lose_lead, None)
    assert (lead.status, lead.stage_id) == (Status.LOST, kit.proposal)
    assert (lead.probability, lead.automatic_probability) == (0, 0)


def test_an_empty_closing_note_is_none(kit):
    assert do(kit, kit.lead(), lose_lead, None, " \n ").lost_note is None


def test_an_archived_lead_keeps_how_it_stands(kit):
    lead = do(kit, do(kit, kit.lead(), win_lead), archive_lead)
    assert (lead.status, lead.probability) == (Status.WON, 100)
    assert lead.archived_at is not None


def test_a_restored_lead_has_no_reason_and_an_automatic_chance(kit):
    with kit.work() as uow:
        reason = add_named(uow, LostReason, NameDraft(name="Too far away"))
    lead = do(kit, kit.lead(probability=70), lose_lead, reason, "They said so")
    lead = do(kit, lead, restore_lead)
    assert (lead.lost_reason_id, lead.lost_note, lead.closed_at) == (None, None, None)
    assert (lead.probability, lead.probability_is_manual) == (10, False)


def test_a_won_lead_is_not_lost_before_it_is_opened_again(kit):
    lead = do(kit, kit.lead(), win_lead)
    with pytest.raises(NotOpenError):
        do(kit, lead, lose_lead, None)


# The chance of a lead


def test_the_chance_follows_the_stage_until_somebody_types_one(kit):
    lead = move(kit, kit.lead(), kit.proposal)
    assert (lead.probability, lead.automatic_probability) == (50, 50)
    lead = do(kit, lead, edit_lead, {"probability": Decimal(70)})
    lead = move(kit, lead, kit.new)
    assert (lead.probability, lead.automatic_probability) == (70, 10)
    lead = do(kit, lead, edit_lead, {"probability": None})
    assert (lead.probability, lead.probability_is_manual) == (10, False)


def test_a_chance_of_zero_is_one_that_somebody_typed(kit):
    lead = move(kit, kit.lead(probability=0), kit.proposal)
    assert (lead.probability, lead.probability_is_manual) == (0, True)


def test_editing_a_lost_lead_does_not_revive_its_chance(kit):
    lead = do(kit, kit.lead(), lose_lead, None)
    lead = do(kit, lead, edit_lead, {"tags": ["Hot"], "priority": 3})
    assert (lead.status, lead.probability) == (Status.LOST, 0)


# Converting


def test_a_closed_lead_is_not_converted(kit):
    lead = do(kit, kit.lead(kind="lead"), lose_lead, None)
    with pytest.raises(NotOpenError):
        qualify(kit, lead, mode="none")


def test_converting_keeps_the_stage_and_every_word(kit):
    lead = kit.lead(kind="lead", stage_id=kit.proposal, email="a@example.org")
    done = qualify(kit, lead, mode="none")
    assert (done.kind, done.stage_id, done.email) == (
        "opportunity",
        kit.proposal,
        "a@example.org",
    )
    assert done.qualified_at is not None


@pytest.mark.parametrize(
    ("company", "person", "name", "kind"),
    [
        ("Aqua of both", "Ada", "Ada", "person"),
        ("Aqua alone", None, "Aqua alone", "company"),
        (None, "Bob", "Bob", "person"),
        (None, None, "Pump station", "person"),
    ],
)
def test_the_contact_is_a_person_in_a_company_or_what_is_named(
    kit, company, person, name, kind
):
    said = {"company_name": company, "contact_name": person, "phone": "0612345678"}
    lead = qualify(kit, kit.lead(kind="lead", **said), mode="create")
    with kit.read() as uow:
        contact = get_contact(uow, lead.contact_id)
        assert (contact.name, contact.kind, contact.phone) == (name, kind, "0612345678")
        assert contact.owner_id == kit.ann
        if company and person:
            assert get_contact(uow, contact.company_id or 0).name == company


def test_of_many_converted_leads_the_owners_take_turns_and_others_keep_theirs(kit):
    leads = [kit.lead(f"Turn {n}", kind="lead") for n in range(5)]
    lost = do(kit, leads[4], lose_lead, None)
    ids = tuple(lead.id for lead in leads)
    for owners in ((kit.bob, kit.tom), ()):
        change = BulkChange(action="qualify", owner_ids=owners)
        with kit.work() as uow:
            found = preview_bulk(uow, BulkDraft(ids=ids, change=change), str)
        assert found.outcomes == {"changed": 4, "refused": 1}
        assert found.refused[0]["lead_id"] == lost.id
    assert kit.fresh(leads[0]).owner_id == kit.ann


# Merging


def test_the_master_is_an_opportunity_then_further_then_likelier_then_older(kit):
    raw = kit.lead("Raw", kind="lead", stage_id=kit.proposal, probability=90)
    new = kit.lead("New", probability=99)
    further = kit.lead("Further", stage_id=kit.proposal, probability=20)
    likelier = kit.lead("Likelier", stage_id=kit.proposal, probability=30)
    twin = kit.lead("Twin", stage_id=kit.proposal, probability=30)
    merged = merge(kit, raw, new, further, twin, likelier)
    assert (merged["id"], merged["name"]) == (likelier.id, "Likelier")


def test_a_lead_and_an_opportunity_make_an_opportunity(kit):
    raw = kit.lead("Raw", kind="lead")
    lost = kit.lead("Lost opportunity")
    with kit.work() as uow:
        lose_lead(uow, get_lead(uow, lost.id), None, "Too dear")
    merged = merge(kit, raw, lost)
    assert (merged["id"], merged["kind"]) == (lost.id, "opportunity")


def test_a_lost_and_an_active_lead_make_an_active_one_with_the_lost_note(kit):
    lost, active = kit.lead("Lost", stage_id=kit.proposal), kit.lead("Active")
    with kit.work() as uow:
        reason = add_named(uow, LostReason, NameDraft(name="Price"))
        lose_lead(uow, get_lead(uow, lost.id), reason, "Too dear")
    lead = merge(kit, lost, active)
    assert (lead["id"], lead["status"], lead["closed_at"]) == (lost.id, "open", None)
    assert (lead["lost_note"], lead["lost_reason_id"]) == ("Too dear", None)
    assert (lead["probability"], lead["probability_is_manual"]) == (50, False)


def test_lost_leads_keep_the_reason_that_is_found_first(kit):
    first, second = kit.lead("First"), kit.lead("Second")
    with kit.work() as uow:
        reason = add_named(uow, LostReason, NameDraft(name="Delay"))
        lose_lead(uow, get_lead(uow, first.id), None, "First note")
        lose_lead(uow, get_lead(uow, second.id), reason, "Second note")
    lead = merge(kit, first, second)
    assert (lead["status"], lead["lost_reason_id"]) == ("lost", reason.id)
    assert lead["lost_note"] == "First note\n\nSecond note"


def test_single_values_are_the_first_that_are_not_empty(kit):
    first = kit.lead("First", owner_id=None, email="a@example.org")
    second = kit.lead("Second", email="b@example.org", phone="0612345678")
    third = kit.lead("Third", phone="0700000000", source="Fair", website="x.example")
    lead = merge(kit, third, second, first)
    assert (lead["id"], lead["name"], lead["owner_id"]) == (first.id, "First", kit.ann)
    assert (lead["email"], lead["phone"]) == ("a@example.org", "0612345678")
    assert (lead["source"], lead["website"]) == ("Fair", "x.example")


def test_an_amount_goes_with_its_currency_and_nothing_is_none(kit):
    first = kit.lead("First", currency="USD")
    second = kit.lead("Second", expected_revenue=500, currency="CHF")
    lead = merge(kit, first, second)
    assert (lead["expected_revenue"], lead["currency"]) == (500, "CHF")


def test_the_address_is_that_of_whom_most_of_it_is_known(kit):
    first = kit.lead("First", street="1 quai", city="Lyon")
    second = kit.lead("Second", street="2 rue", city="Pau", zip="64000")
    third = kit.lead("Third", street="3 rue", city="Metz", zip="57000")
    address = merge(kit, first, second, third)["address"]
    assert (address["street"], address["zip"], address["city"]) == (
        "2 rue",
        "64000",
        "Pau",
    )


def test_priority_is_the_highest_and_tags_are_all_of_them(kit):
    first = kit.lead("First", priority=1, tags=("Hot", "Water"))
    second = kit.lead("Second", priority=3, tags=("hot", "Fair"))
    lead = merge(kit, first, second)
    assert lead["priority"] == 3
    assert sorted(lead["tags"]) == ["Fair", "Hot", "Water"]


@pytest.mark.parametrize("manual", [True, False])
def test_the_masters_probability_stays_as_it_is(kit, manual):
    own = {"probability": 0} if manual else {}
    first = kit.lead("First", stage_id=kit.proposal, **own)
    second = kit.lead("Second", probability=90)
    lead = merge(kit, first, second)
    assert lead["id"] == first.id
    assert lead["probability"] == (0 if manual else 50)
    assert lead["probability_is_manual"] is manual


def test_a_stage_that_the_new_team_may_not_use_becomes_its_first(kit):
    stage = kit.stage("Lyon only", team_ids=(kit.lyon,))
    first = kit.lead("First", stage_id=stage.id)
    lead = merge(kit, first, kit.lead("Second"), team_id=kit.oslo)
    assert (lead["team_id"], lead["stage_id"]) == (kit.oslo, kit.new)
