"""Creating and editing leads."""

from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from crmkit.core import (
    ContactDraft,
    CrmError,
    LeadDraft,
    LeadKind,
    NoStageError,
    NoteDraft,
    NotOpenError,
    PastLeadDraft,
    Source,
    StaleError,
    Status,
    Tag,
    UnknownChoiceError,
    WrongStageError,
    add_note,
    archive_team,
    create_contact,
    create_lead,
    create_leads,
    edit_lead,
    get_lead,
    get_team,
    list_named,
    lose_lead,
    tags_of,
)
from crmkit.core.leads.errors import FixedFieldError
from crmkit.testing import statements


def edit(kit, lead, changes, based_on=None, who=None):
    with kit.work(who) as uow:
        lead = get_lead(uow, lead.id)
        edit_lead(uow, lead, changes, based_on)
        return lead


def test_a_new_lead_takes_the_defaults(kit):
    with kit.work() as uow:
        lead = create_lead(uow, LeadDraft(name="  Pump station "))
    fresh = kit.fresh(lead)
    assert (fresh.name, fresh.kind, fresh.status) == (
        "Pump station",
        LeadKind.OPPORTUNITY,
        Status.OPEN,
    )
    assert (fresh.stage_id, fresh.probability, fresh.priority) == (kit.new, 10, 0)
    assert (fresh.currency, fresh.expected_revenue, fresh.version) == ("EUR", 0, 1)
    assert fresh.probability_is_manual is False
    assert (fresh.owner_id, fresh.team_id, fresh.closed_at) == (None, None, None)
    assert fresh.created_at == fresh.updated_at == fresh.stage_entered_at
    assert fresh.created_at == fresh.qualified_at == kit.crm.clock.now()
    assert fresh.assigned_at is None


def test_amounts_of_a_new_lead_are_derived(kit):
    lead = kit.lead(expected_revenue="48500.55", probability="33.3")
    assert (lead.probability, lead.automatic_probability) == (Decimal("33.3"), 10)
    assert lead.probability_is_manual is True
    assert lead.weighted_revenue == lead.base_weighted == Decimal("16150.68")
    assert lead.base_revenue == Decimal("48500.55")


def test_a_lead_in_a_currency_without_a_rate_has_no_base_amounts(kit):
    lead = kit.lead(expected_revenue=1000, currency="USD")
    assert (lead.base_revenue, lead.base_weighted) == (None, None)
    assert lead.weighted_revenue == 100


def test_a_new_lead_is_found_by_its_people_mail_and_phone(kit):
    lead = kit.lead(
        "Été",
        company_name="Société Hydrolis",
        contact_name="Zoë",
        email="Zoe@Hydrolis.example",
        phone="04 65 71 01 42",
    )
    assert lead.name_folded == "ete"
    assert lead.company_folded == "societe hydrolis"
    assert lead.contact_folded == "zoe"
    assert lead.email_normalized == "zoe@hydrolis.example"
    assert (lead.phone, lead.phone_e164) == ("04 65 71 01 42", "+33465710142")


def test_the_phone_is_read_as_one_of_the_leads_country(kit):
    lead = kit.lead(phone="020 7946 0000", country="GB")
    assert lead.phone_e164 == "+442079460000"


def test_a_new_lead_names_choices_which_are_made_when_missing(kit):
    one = kit.lead(source="Trade fair", tags=("Water", "water ", "Key account"))
    other = kit.lead(source="trade FAIR", tags=("WATER",))
    assert one.source_id == other.source_id
    with kit.read() as uow:
        assert tags_of(uow, one.id) == ["Key account", "Water"]
        assert [source.name for source in list_named(uow, Source)] == ["Trade fair"]
        assert len(list_named(uow, Tag)) == 2


def test_a_new_lead_in_a_won_stage_is_won(kit):
    lead = kit.lead(stage_id=kit.won)
    assert (lead.status, lead.probability) == (Status.WON, 100)
    assert lead.closed_at == kit.crm.clock.now()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 251}, "name"),
        ({"name": "Pump", "expected_revenue": "-1"}, "expected_revenue"),
        ({"name": "Pump", "expected_revenue": "1e14"}, "expected_revenue"),
        ({"name": "Pump", "expected_revenue": "NaN"}, "expected_revenue"),
        ({"name": "Pump", "expected_revenue": "0.00001"}, "expected_revenue"),
        ({"name": "Pump", "probability": "100.01"}, "probability"),
        ({"name": "Pump", "priority": 4}, "priority"),
        ({"name": "Pump", "country": "France"}, "country"),
        ({"name": "Pump", "currency": "eur"}, "currency"),
        ({"name": "Pump", "tags": ("",)}, "tags"),
        ({"name": "Pump", "colour": "red"}, "colour"),
    ],
)
def test_a_draft_that_cannot_be_names_its_field(values, field):
    with pytest.raises(ValidationError) as caught:
        LeadDraft(**values)
    assert caught.value.errors()[0]["loc"][0] == field


@pytest.mark.parametrize(
    ("values", "error", "sentence"),
    [
        ({"stage_id": 4711}, UnknownChoiceError, "There is no stage 4711."),
        ({"team_id": 4711}, UnknownChoiceError, "There is no team 4711."),
        ({"owner_id": 4711}, UnknownChoiceError, "There is no owner 4711."),
        ({"contact_id": 4711}, UnknownChoiceError, "There is no contact 4711."),
        ({"city": "Ly\x00on"}, CrmError, "“city” holds a control character"),
    ],
)
def test_a_lead_that_names_what_is_not_there_is_refused(kit, values, error, sentence):
    with pytest.raises(error, match=sentence) as caught:
        kit.lead(**values)
    assert caught.value.field == next(iter(values))
    lead = kit.lead()
    with pytest.raises((error, FixedFieldError)):
        edit(kit, lead, values)


def test_an_archived_team_is_no_choice(kit):
    with kit.work() as uow:
        archive_team(uow, get_team(uow, kit.oslo))
    with pytest.raises(UnknownChoiceError, match="team"):
        kit.lead(team_id=kit.oslo)


def test_an_archived_team_is_no_choice_for_its_own_members_either(kit):
    with kit.work() as uow:
        archive_team(uow, get_team(uow, kit.lyon))
    with kit.work(kit.ann) as uow, pytest.raises(UnknownChoiceError, match="team"):
        create_lead(uow, LeadDraft(name="Pump", team_id=kit.lyon))


def test_a_stage_of_another_team_is_refused(kit):
    stage = kit.stage("Only Oslo", team_ids=(kit.oslo,))
    with pytest.raises(
        WrongStageError, match=r"Only Oslo is a stage of another team\."
    ):
        kit.lead(stage_id=stage.id, team_id=kit.lyon)
    assert kit.lead(stage_id=stage.id, team_id=kit.oslo).stage_id == stage.id


def test_without_any_stage_there_can_be_no_lead(crm):
    with crm.work() as uow, pytest.raises(NoStageError, match="no stage yet"):
        create_lead(uow, LeadDraft(name="Pump"))


def test_many_leads_come_in_the_order_of_their_drafts(kit):
    with kit.work() as uow:
        drafts = [LeadDraft(name=f"Lead {n % 7}", priority=n % 4) for n in range(500)]
        leads = create_leads(uow, drafts)
    assert [lead.name for lead in leads] == [draft.name for draft in drafts]
    assert len({lead.id for lead in leads}) == 500


def test_many_leads_take_no_more_statements_than_one(kit):
    def count(number):
        with kit.work(kit.eve) as uow, statements(kit.crm) as sent:
            create_leads(uow, [LeadDraft(name=f"Lead {n}") for n in range(number)])
        # SQLite gives back rows in the order of their drafts only one by one.
        return len([text for text in sent if not text.startswith("INSERT INTO lead ")])

    assert count(300) <= count(1) + 2


def test_all_leads_of_a_batch_are_made_or_none(kit):
    with pytest.raises(UnknownChoiceError), kit.work() as uow:
        create_leads(uow, [LeadDraft(name="Good"), LeadDraft(name="Bad", team_id=99)])
    with kit.read() as uow, pytest.raises(CrmError):
        get_lead(uow, 1)


def test_a_past_lead_may_be_closed_already(kit):
    began = kit.crm.clock.now().replace(year=2025)
    closed = began.replace(month=12)
    with kit.work() as uow:
        won, lost = create_leads(
            uow,
            [
                PastLeadDraft(
                    name="Won", status="won", created_at=began, closed_at=closed
                ),
                PastLeadDraft(
                    name="Lost", status="lost", lost_reason="Price", lost_note="Dear"
                ),
            ],
        )
    assert (won.stage_id, won.created_at, won.closed_at) == (kit.won, began, closed)
    assert won.probability == 100
    assert lost.stage_id == kit.new
    assert lost.probability == 0
    assert (lost.lost_note, lost.closed_at) == ("Dear", kit.crm.clock.now())
    assert lost.lost_reason_id is not None


def test_an_edit_changes_what_it_names_and_nothing_else(kit):
    before = kit.lead(company_name="Hydrolis", email="a@hydrolis.example")
    after = edit(kit, before, {"name": "Filter plant", "priority": 2})
    assert (after.name, after.name_folded, after.priority) == (
        "Filter plant",
        "filter plant",
        2,
    )
    assert (after.company_name, after.email) == ("Hydrolis", "a@hydrolis.example")
    assert after.version == 2


def test_none_empties_a_field_or_gives_it_what_a_new_lead_has(kit):
    lead = kit.lead(
        company_name="Hydrolis",
        expected_revenue=100,
        currency="USD",
        priority=3,
        tags=("Water",),
        source="Fair",
        expected_close=date(2027, 1, 31),
        phone="04 65 71 01 42",
    )
    names = [
        "company_name",
        "expected_revenue",
        "currency",
        "priority",
        "tags",
        "source",
        "expected_close",
        "phone",
        "owner_id",
        "team_id",
    ]
    lead = edit(kit, lead, dict.fromkeys(names))
    assert (lead.company_name, lead.source_id, lead.expected_close) == (None,) * 3
    assert (lead.phone, lead.phone_e164, lead.owner_id) == (None,) * 3
    assert (lead.expected_revenue, lead.currency, lead.priority) == (0, "EUR", 0)
    assert lead.base_revenue == 0
    with kit.read() as uow:
        assert tags_of(uow, lead.id) == []


def test_a_name_cannot_be_emptied(kit):
    with pytest.raises(ValidationError):
        edit(kit, kit.lead(), {"name": None})


@pytest.mark.parametrize("field", ["stage_id", "kind"])
def test_what_has_an_action_of_its_own_is_not_edited(kit, field):
    with pytest.raises(FixedFieldError, match=f"“{field}” cannot be edited"):
        edit(kit, kit.lead(), {field: 2})


@pytest.mark.parametrize("field", ["status", "version", "weighted_revenue", "nothing"])
def test_a_field_that_is_not_the_users_is_refused(kit, field):
    with pytest.raises((CrmError, ValidationError)):
        edit(kit, kit.lead(), {field: "won"})


def test_the_same_field_changed_since_is_stale_and_both_values_are_shown(kit):
    lead = kit.lead()
    edit(kit, lead, {"name": "Theirs"})
    with pytest.raises(StaleError, match="Somebody changed name since") as caught:
        edit(kit, lead, {"name": "Mine", "priority": 1}, based_on=1)
    assert caught.value.mine == {"name": "Mine"}
    assert caught.value.theirs == {"name": "Theirs"}
    assert (kit.fresh(lead).name, kit.fresh(lead).priority) == ("Theirs", 0)


def test_another_field_changed_since_is_not_stale(kit):
    lead = kit.lead()
    edit(kit, lead, {"name": "Theirs"})
    lead = edit(kit, lead, {"priority": 1}, based_on=1)
    assert (lead.name, lead.priority, lead.version) == ("Theirs", 1, 3)


def test_the_same_value_written_twice_is_not_stale(kit):
    lead = kit.lead()
    edit(kit, lead, {"name": "Ours"})
    assert edit(kit, lead, {"name": "Ours"}, based_on=1).version == 2


def test_tags_changed_since_are_stale_too(kit):
    lead = kit.lead(tags=("Water",))
    edit(kit, lead, {"tags": ["Theirs"]})
    with pytest.raises(StaleError, match="tags"):
        edit(kit, lead, {"tags": ["Mine"]}, based_on=1)


def test_a_note_or_an_activity_makes_no_edit_stale(kit):
    lead = kit.lead()
    with kit.work() as uow:
        add_note(uow, lead, NoteDraft(text="She rang"))
    assert edit(kit, lead, {"name": "Mine"}, based_on=1).name == "Mine"


def test_tags_are_replaced_and_order_and_case_are_no_change(kit):
    lead = kit.lead(tags=("Water", "Key account"))
    lead = edit(kit, lead, {"tags": ["key account", "WATER"]})
    assert lead.version == 1
    lead = edit(kit, lead, {"tags": ["Water", "Energy"]})
    with kit.read() as uow:
        assert tags_of(uow, lead.id) == ["Energy", "Water"]


def test_amounts_follow_an_edit(kit):
    lead = edit(kit, kit.lead(), {"expected_revenue": "1000"})
    assert (lead.weighted_revenue, lead.base_revenue, lead.base_weighted) == (
        100,
        1000,
        100,
    )
    lead = edit(kit, lead, {"currency": "USD"})
    assert (lead.base_revenue, lead.base_weighted) == (None, None)
    lead = edit(kit, lead, {"currency": "EUR"})
    assert lead.base_weighted == 100


def test_a_probability_set_by_hand_stays_until_handed_back(kit):
    lead = edit(kit, kit.lead(expected_revenue=1000), {"probability": "72.5"})
    assert (lead.probability, lead.probability_is_manual) == (Decimal("72.5"), True)
    assert (lead.automatic_probability, lead.weighted_revenue) == (10, 725)
    lead = edit(kit, lead, {"probability": None})
    assert (lead.probability, lead.probability_is_manual) == (10, False)
    assert lead.weighted_revenue == 100


def test_a_closed_lead_has_no_probability_to_set(kit):
    lead = kit.lead()
    with kit.work() as uow:
        lose_lead(uow, get_lead(uow, lead.id), None)
    with pytest.raises(NotOpenError, match=r"is closed\. Restore it first\."):
        edit(kit, lead, {"probability": 50})


def test_assigning_says_since_when(kit, clock):
    lead = kit.lead(owner_id=None)
    clock.advance(hours=2)
    lead = edit(kit, lead, {"owner_id": kit.bob})
    assert lead.assigned_at == clock.now()
    assert edit(kit, lead, {"owner_id": None}).assigned_at is None


def test_another_team_moves_a_lead_out_of_a_stage_that_is_not_its_own(kit):
    stage = kit.stage("Only Lyon", team_ids=(kit.lyon,), probability=70)
    lead = kit.lead(stage_id=stage.id)
    lead = edit(kit, lead, {"team_id": kit.oslo})
    assert (lead.stage_id, lead.probability) == (kit.new, 10)


def test_a_lead_names_a_contact(kit):
    with kit.work() as uow:
        contact = create_contact(uow, ContactDraft(name="Zoë"))
    assert edit(kit, kit.lead(), {"contact_id": contact.id}).contact_id == contact.id


def test_an_edit_that_fails_half_way_changes_nothing(kit):
    lead = kit.lead()
    with pytest.raises(UnknownChoiceError):
        edit(kit, lead, {"name": "Other", "owner_id": 4711})
    assert kit.fresh(lead).name == "Pump station"
