"""Related fields: values of a contact, shown with the lead and always current."""

import pytest

from crmkit.core import (
    ContactDraft,
    CrmError,
    CustomFieldDraft,
    FieldType,
    LeadDraft,
    ListQuery,
    add_field,
    change_settings,
    create_contact,
    create_lead,
    create_leads,
    edit_contact,
    edit_lead,
    get_contact,
    get_lead,
    group_leads,
    list_leads,
    make_test,
    parse_filter,
    read_fields,
    read_lead,
    values_of_leads,
)

PATHS = {
    "trade": "contact.industry",
    "town": "contact.company.city",
    "level": "contact.tier",
    "keeper": "contact.owner",
    "ally": "partner.city",
}
TESTS = {
    "trade = farms": "A",
    'town = "brest"': "A",
    "level = gold": "A",
    "keeper = me": "A",
    "keeper = ann": "A",
    "ally contains res": "A",
    "not trade = farms": "B",
    "trade is empty": "B",
}


def field(kit, slug, **more):
    """The number of a new field that an admin made."""
    with kit.work(kit.eve) as uow:
        draft = CustomFieldDraft(slug=slug, label=slug.title(), **more)
        return add_field(uow, draft).id


@pytest.fixture
def linked(kit):
    """Leads A, of a person of a firm in Brest, and B, with related fields."""
    field(kit, "tier", entity="contact")
    field(kit, "partner", type=FieldType.CONTACT)
    for slug, source in PATHS.items():
        field(kit, slug, type=FieldType.RELATED, source=source)
    with kit.work(kit.ann) as uow:
        firm = create_contact(uow, ContactDraft(name="F", kind="company", city="Brest"))
        held = {"industry": "Farms", "owner_id": kit.ann, "custom": {"tier": "Gold"}}
        one = create_contact(uow, ContactDraft(name="P", company_id=firm.id, **held))
        draft = LeadDraft(name="A", contact_id=one.id, custom={"partner": firm.id})
        return create_leads(uow, [draft, LeadDraft(name="B")])[0]


def names(uow, **query):
    """The names of the leads that a query finds."""
    return [row.name for row in list_leads(uow, ListQuery(**query)).rows]


def test_leads_are_found_by_it_in_sql_and_in_memory(kit, linked):
    with kit.read(kit.ann) as uow:
        values = values_of_leads(uow, [get_lead(uow, linked.id)])[0]
        for text, name in TESTS.items():
            assert names(uow, filter=text) == [name], text
            judge = make_test(uow, "lead", parse_filter(text))
            assert judge(values) is (name == "A"), text


@pytest.mark.usefixtures("linked")
def test_lists_are_sorted_grouped_and_exported_by_it(kit):
    with kit.read(kit.ann) as uow:
        for slug in ("trade", "-town", "level"):
            first = list_leads(uow, ListQuery(sort=slug, limit=1))
            assert [row.name for row in first.rows] == ["A"]
            assert names(uow, sort=slug, cursor=first.next_cursor) == ["B"]
        groups = group_leads(uow, ListQuery(), ["trade", "keeper"])
        labels = [[key.label for key in one.keys] for one in groups]
        assert labels == [["Farms", "Ann"], ["", ""]]
        row, _ = read_fields(uow, "lead", [*PATHS], ListQuery())
    assert list(row.values()) == ["Farms", "Brest", "Gold", "Ann", "Brest"]


def test_it_follows_its_contact_and_takes_no_value(kit, linked):
    with pytest.raises(CrmError, match="change it there"), kit.work(kit.ann) as uow:
        edit_lead(uow, get_lead(uow, linked.id), {"custom": {"trade": "Mines"}})
    with kit.work(kit.ann) as uow:
        lead = get_lead(uow, linked.id)
        edit_contact(uow, get_contact(uow, lead.contact_id or 0), {"industry": "Mines"})
        assert names(uow, filter="trade = mines") == ["A"]
        custom = read_lead(uow, linked.id)["custom"]
    assert (custom["trade"], custom["keeper"]) == ("Mines", kit.ann)


def test_it_shows_nothing_of_a_contact_who_is_out_of_sight(kit):
    with kit.work(kit.eve) as uow:
        change_settings(uow, {"contacts_for_all": False})
    field(kit, "partner", type=FieldType.CONTACT)
    field(kit, "ally", type=FieldType.RELATED, source="partner.city")
    with kit.work(kit.eve) as uow:
        firm = create_contact(uow, ContactDraft(name="F", city="Brest"))
        custom = {"partner": firm.id}
        lead = create_lead(uow, LeadDraft(name="A", owner_id=kit.ann, custom=custom))
    for who, shown in ((kit.ann, None), (kit.eve, "Brest")):
        with kit.read(who) as uow:
            assert read_lead(uow, lead.id)["custom"]["ally"] == shown
            assert len(names(uow, filter="ally = brest")) == (shown is not None)
