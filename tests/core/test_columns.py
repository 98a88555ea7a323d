"""The values of any fields, for the records that a page shows."""

from datetime import date
from decimal import Decimal

from crmkit.core import (
    ContactDraft,
    CustomFieldDraft,
    FieldType,
    LeadDraft,
    add_field,
    create_contact,
    create_lead,
    fields_of,
    read_columns,
)
from crmkit.testing import statements

KINDS = {"seats": "whole", "mentor": "user", "kinds": "choices"}


def test_values_come_as_people_know_them(kit):
    with kit.work(kit.eve) as uow:
        for slug, kind in KINDS.items():
            choices = ("Old", "New") if kind == "choices" else ()
            add_field(
                uow, CustomFieldDraft(slug=slug, label=slug, type=kind, choices=choices)
            )
    with kit.work(kit.eve) as uow:
        custom = {"seats": 4, "mentor": kit.bob, "kinds": ["Old", "New"]}
        lead = create_lead(
            uow,
            LeadDraft(
                name="Pump",
                source="Fair",
                team_id=kit.lyon,
                expected_close=date(2026, 12, 1),
                expected_revenue=Decimal("12.5"),
                custom=custom,
            ),
        )
        bare = create_lead(uow, LeadDraft(name="Bare"))
    names = ["source", "team", "expected_close", "expected_revenue", "city", *KINDS]
    with kit.read(kit.eve) as uow:
        found = read_columns(uow, "lead", names, [lead.id, bare.id])
    assert found[lead.id] == {
        "source": "Fair",
        "team": "Lyon",
        "expected_close": date(2026, 12, 1),
        "expected_revenue": Decimal("12.5"),
        "city": None,
        "seats": 4,
        "mentor": "Bob",
        "kinds": ("Old", "New"),
    }
    assert found[bare.id]["source"] is None
    assert found[bare.id]["seats"] is None


def test_every_field_can_be_read_in_few_statements(kit):
    leads = [kit.lead(f"Lead {n}", source="Fair", city="Lyon") for n in range(20)]
    with kit.read(kit.eve) as uow:
        names = list(fields_of(uow, "lead"))
        with statements(kit.crm) as few:
            read_columns(uow, "lead", names, [leads[0].id])
        with statements(kit.crm) as many:
            read_columns(uow, "lead", names, [lead.id for lead in leads])
        assert read_columns(uow, "lead", [], [leads[0].id]) == {leads[0].id: {}}
    assert len(many) == len(few)


def test_a_company_one_may_not_see_has_no_name(make_kit):
    kit = make_kit(contacts_for_all=False)
    with kit.work(kit.oli) as uow:
        firm = create_contact(uow, ContactDraft(name="Secret", kind="company"))
        person = create_contact(uow, ContactDraft(name="P", company_id=firm.id))
    for who, expected in ((kit.ann, None), (kit.oli, "Secret")):
        with kit.read(who) as uow:
            found = read_columns(uow, "contact", ["company"], [person.id])
        assert found == {person.id: {"company": expected}}


def test_types_of_custom_fields_are_kept(kit):
    with kit.work(kit.eve) as uow:
        add_field(uow, CustomFieldDraft(slug="far", label="Far", type=FieldType.YES_NO))
    with kit.work(kit.eve) as uow:
        lead = create_lead(uow, LeadDraft(name="Pump", custom={"far": False}))
        assert read_columns(uow, "lead", ["far"], [lead.id])[lead.id]["far"] is False
