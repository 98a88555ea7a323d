from __future__ import annotations

import pytest
from sqlalchemy import select

from crmkit.core import Contact, CustomFieldDraft, Lead, add_field
from crmkit_data_exchange.imports import get_import
from crmkit_data_exchange.previewing import preview_import

pytestmark = pytest.mark.plugins("data_exchange")

COLUMNS = {
    "Deal": "name",
    "Firm": "company_name",
    "Person": "contact_name",
    "Mail": "email",
}
TEXT = (
    "Deal,Firm,Person,Mail\nPump,Acme,Zoé Roe,z@a.org\nValve,acme,zoe roe,\n"
    "Pipe,Beta,Zoé Roe,z@b.org\nWire,,Tim,\nRope,Acme,,\n"
)
MADE = {"contacts": True, "people": True}


def people_of(kit):
    with kit.read() as uow:
        contacts = {one.id: one for one in uow.session.scalars(select(Contact))}
        return {
            lead.name: (
                contacts[lead.contact_id].name,
                contacts[lead.contact_id].email,
                getattr(contacts.get(contacts[lead.contact_id].company_id), "name", ""),
            )
            for lead in uow.session.scalars(
                select(Lead).where(Lead.deleted_at.is_(None))
            )
        }


def test_a_row_is_a_lead_and_its_person_in_his_company(kit, importer):
    done = importer(TEXT, columns=COLUMNS, create=MADE)
    assert (done.created, done.failed) == (5, 0)
    assert people_of(kit) == {
        "Pump": ("Zoé Roe", "z@a.org", "Acme"),
        "Valve": ("Zoé Roe", "z@a.org", "Acme"),
        "Pipe": ("Zoé Roe", "z@b.org", "Beta"),
        "Wire": ("Tim", None, ""),
        "Rope": ("Acme", None, ""),
    }
    with kit.read() as uow:
        assert len(list(uow.session.scalars(select(Contact)))) == 5


def test_people_who_are_there_are_linked_and_the_undo_takes_all_back(kit, importer):
    importer("Deal,Firm,Person,Mail\nOld,Acme,Zoe Roe,\n", columns=COLUMNS, create=MADE)
    draft = importer.draft(TEXT, columns=COLUMNS, create=MADE)
    with kit.read() as uow:
        preview = preview_import(uow, get_import(uow, draft.id))
        # A company that will be made has no number yet, so its people count as new.
        assert set(preview.missing.names["people"]) == {"Zoé Roe", "Tim"}
    done = importer(TEXT, columns=COLUMNS, create=MADE)
    assert people_of(kit)["Pump"] == ("Zoe Roe", None, "Acme")
    importer.undo(done.id)
    with kit.read() as uow:
        there = select(Contact.name).where(Contact.deleted_at.is_(None))
        assert sorted(uow.session.scalars(there)) == ["Acme", "Zoe Roe"]
    assert list(people_of(kit)) == ["Old"]


def test_without_the_tick_a_lead_is_linked_to_its_company_alone(kit, importer):
    importer(TEXT, columns=COLUMNS, create={"contacts": True})
    with kit.read() as uow:
        assert sorted(uow.session.scalars(select(Contact.name))) == ["Acme", "Beta"]


def test_a_refused_row_leaves_no_company_and_no_person_behind(kit, importer):
    with kit.work(kit.eve) as uow:
        add_field(uow, CustomFieldDraft(slug="meter", label="Meter", is_unique=True))
    columns = COLUMNS | {"Meter": "meter"}
    text = (
        "Deal,Firm,Person,Mail,Meter\nPump,Acme,Zoé,,1\nValve,Beta,Tim,,1\n"
        "Pipe,Gamma,Ann,,2\nRope,Acme,Zoé,,\n"
    )
    done = importer(text, columns=columns, create=MADE)
    assert (done.created, done.failed) == (3, 1)
    with kit.read() as uow:
        named = sorted(uow.session.scalars(select(Contact.name)))
    assert named == ["Acme", "Ann", "Gamma", "Zoé"]
    with kit.work(kit.eve) as uow:
        draft = CustomFieldDraft(
            entity="contact", slug="rank", label="Rank", is_required=True
        )
        add_field(uow, draft)
    text = "Deal,Firm,Person,Mail\nWire,Delta,,\nLoose,,,\nKnown,Acme,,\n"
    done = importer(text, columns=COLUMNS, create=MADE)
    assert (done.created, done.failed) == (2, 1)
    with kit.read() as uow:
        assert "Wire" not in set(uow.session.scalars(select(Lead.name)))
