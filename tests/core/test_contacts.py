"""People and companies."""

import pytest
from pydantic import ValidationError

from crmkit.core import (
    BulkChange,
    BulkDraft,
    ContactDraft,
    ContactKind,
    JobState,
    ListQuery,
    NotFoundError,
    StaleError,
    companies_by_name,
    count_contacts,
    create_contact,
    create_contacts,
    delete_contact,
    disable_user,
    edit_contact,
    events_of,
    get_contact,
    get_lead,
    get_user,
    list_contacts,
    recall_contact,
    start_bulk,
)
from crmkit.core.contacts import NoCompanyError
from crmkit.core.errors import UnknownChoiceError
from crmkit.testing import statements


def make(kit, name="Zoë Martin", **fields):
    with kit.work() as uow:
        return create_contact(uow, ContactDraft(name=name, **fields))


def edit(kit, contact, changes, based_on=None):
    with kit.work() as uow:
        contact = get_contact(uow, contact.id)
        edit_contact(uow, contact, changes, based_on)
        return contact


def test_a_new_contact_is_a_person_with_searched_copies(kit):
    contact = make(kit, email="Zoe@Hydrolis.example", phone="04 65 71 01 42")
    assert (contact.kind, contact.version) == (ContactKind.PERSON, 1)
    assert contact.name_folded == "zoe martin"
    assert contact.email_normalized == "zoe@hydrolis.example"
    assert contact.phone_e164 == "+33465710142"
    with kit.read() as uow:
        event = events_of(uow, "contact", contact.id, before=None, limit=1)[0]
    assert event.kind == "contact.created"
    assert event.values["name"] == [None, "Zoë Martin"]


def test_a_contact_is_only_given_to_a_user_who_is_there(kit):
    contact = make(kit, owner_id=kit.ann)
    with pytest.raises(UnknownChoiceError, match="There is no owner 4711"):
        make(kit, owner_id=4711)
    with pytest.raises(UnknownChoiceError):
        edit(kit, contact, {"owner_id": 4711})
    change = BulkChange(set={"owner_id": 4711})
    with kit.work(kit.max) as uow:
        start_bulk(uow, BulkDraft(entity="contact", ids=(contact.id,), change=change))
    (job,) = kit.run_jobs()
    assert job.state is JobState.DONE
    with kit.read() as uow:
        assert get_contact(uow, contact.id).owner_id == kit.ann
    with kit.work() as uow:
        disable_user(uow, get_user(uow, kit.ann))
    edit(kit, contact, {"owner_id": kit.ann, "city": "Lyon"})
    with pytest.raises(UnknownChoiceError):
        make(kit, owner_id=kit.ann)


def test_a_person_belongs_to_a_company_and_to_nothing_else(kit):
    company = make(kit, "Hydrolis", kind=ContactKind.COMPANY)
    person = make(kit, company_id=company.id)
    assert person.company_id == company.id
    for wrong in (person.id, 4711):
        with pytest.raises(NoCompanyError, match="only belong to a company"):
            make(kit, company_id=wrong)
        with pytest.raises(NoCompanyError):
            edit(kit, person, {"company_id": wrong})
    with pytest.raises(NoCompanyError):
        edit(kit, company, {"company_id": company.id})


@pytest.mark.parametrize(
    "values", [{"name": ""}, {"name": "Zoë", "country": "fr"}, {"nickname": "Z"}]
)
def test_a_draft_that_cannot_be_is_refused(values):
    with pytest.raises(ValidationError):
        ContactDraft(**values)


def test_an_edit_changes_what_it_names_and_keeps_the_copies(kit):
    contact = make(kit, phone="04 65 71 01 42", city="Lyon")
    contact = edit(kit, contact, {"name": "Éva", "phone": None, "vat": "FR123"})
    assert (contact.name_folded, contact.phone_e164) == ("eva", None)
    assert (contact.city, contact.vat, contact.version) == ("Lyon", "FR123", 2)
    assert edit(kit, contact, {"name": "Éva"}).version == 2


def test_a_phone_is_read_as_one_of_the_contacts_country_whichever_comes_first(kit):
    contact = make(kit, country="GB")
    contact = edit(kit, contact, {"phone": "020 7946 0000"})
    assert contact.phone_e164 == "+442079460000"
    contact = edit(kit, make(kit, phone="020 7946 0000"), {"country": "GB"})
    assert contact.phone_e164 == "+442079460000"


def test_a_field_that_somebody_changed_since_is_stale(kit):
    contact = make(kit)
    edit(kit, contact, {"city": "Lyon"})
    with pytest.raises(StaleError, match="city"):
        edit(kit, contact, {"city": "Nice"}, based_on=1)
    assert edit(kit, contact, {"zip": "69001"}, based_on=1).city == "Lyon"


def test_a_deleted_contact_is_gone_until_it_is_recalled(kit):
    contact = make(kit)
    lead = kit.lead(contact_id=contact.id, contact_name="Zoë Martin")
    with kit.work() as uow:
        contact = get_contact(uow, contact.id)
        delete_contact(uow, contact)
        assert list_contacts(uow, ListQuery()).rows == ()
        assert count_contacts(uow, ListQuery()) == 0
        with pytest.raises(NotFoundError, match="There is no contact"):
            get_contact(uow, contact.id)
        assert get_lead(uow, lead.id).contact_name == "Zoë Martin"
        recall_contact(uow, contact)
        assert get_contact(uow, contact.id).id == contact.id


def test_companies_are_found_by_name_the_oldest_of_a_name(kit):
    first = make(kit, "Hydrolis", kind=ContactKind.COMPANY)
    make(kit, "HYDROLIS", kind=ContactKind.COMPANY)
    make(kit, "Aqua", kind=ContactKind.PERSON)
    with kit.read() as uow:
        assert companies_by_name(uow, ["hydrolis", "Aqua"]) == {"hydrolis": first.id}


def test_many_contacts_come_in_the_order_of_their_drafts(kit):
    with kit.work() as uow:
        drafts = [ContactDraft(name=f"Contact {n % 9}") for n in range(300)]
        contacts = create_contacts(uow, drafts)
        assert [c.name for c in contacts] == [draft.name for draft in drafts]
        assert create_contacts(uow, []) == []


@pytest.mark.parametrize(
    ("query", "names"),
    [
        (ListQuery(filter="kind = company"), ["Hydrolis"]),
        (ListQuery(filter="company = hydrolis"), ["Zoë"]),
        (ListQuery(filter='email = "ZOE@hydrolis.example"'), ["Zoë"]),
        (ListQuery(filter="city is empty", sort="name"), ["Hydrolis", "Zoë"]),
        (ListQuery(words="zoe"), ["Zoë"]),
        (ListQuery(words="hydrolis", sort="-name"), ["Zoë", "Hydrolis"]),
    ],
)
def test_contacts_are_filtered_and_searched(kit, query, names):
    company = make(kit, "Hydrolis", kind=ContactKind.COMPANY)
    make(kit, "Zoë", company_id=company.id, email="zoe@hydrolis.example")
    with kit.read(kit.ann) as uow:
        assert [row.name for row in list_contacts(uow, query).rows] == names
        assert count_contacts(uow, query) == len(names)


def test_a_page_of_contacts_is_one_statement(kit):
    make(kit)
    with kit.read(kit.ann) as uow, statements(kit.crm) as sent:
        list_contacts(uow, ListQuery(words="zoe"))
    assert len(sent) == 1, sent
