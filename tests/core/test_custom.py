"""Fields that admins make: their values, and what is refused."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select, text

from crmkit.core import (
    ContactDraft,
    CrmError,
    CustomFieldDraft,
    FieldType,
    ForbiddenError,
    Lead,
    LeadDraft,
    ListQuery,
    Role,
    StaleError,
    add_field,
    create_contact,
    create_lead,
    create_leads,
    criterion_of,
    describe_contact,
    edit_contact,
    edit_field,
    edit_lead,
    events_of,
    fields_of,
    get_contact,
    get_field,
    get_lead,
    hide_field,
    indexed,
    list_leads,
    read_fields,
    read_lead,
    recall_field,
    undo_change,
)

VALUES = {
    "colour": "Bleu Nuit",
    "story": "Long\nstory",
    "seats": 12,
    "ratio": Decimal("1.2500"),
    "budget": Decimal("1999.99"),
    "share": Decimal("12.50"),
    "visit": date(2026, 12, 24),
    "seen_at": datetime(2026, 11, 1, 8, 30, tzinfo=UTC),
    "is_partner": True,
    "size": "Größe M",
    "options": ("Roof", "Battery"),
    "site": "https://example.org",
    "billing": "pay@example.org",
    "fax": "01 23 45 67 89",
}
TYPES = {
    "colour": FieldType.TEXT,
    "story": FieldType.LONG_TEXT,
    "seats": FieldType.WHOLE,
    "ratio": FieldType.DECIMAL,
    "budget": FieldType.MONEY,
    "share": FieldType.PERCENT,
    "visit": FieldType.DATE,
    "seen_at": FieldType.MOMENT,
    "is_partner": FieldType.YES_NO,
    "size": FieldType.CHOICE,
    "options": FieldType.CHOICES,
    "site": FieldType.LINK,
    "billing": FieldType.MAIL,
    "fax": FieldType.PHONE,
    "helper": FieldType.USER,
    "installer": FieldType.CONTACT,
}
CHOICES = {
    "size": ("Größe S", "Größe M"),
    "options": ("Roof", "Battery", "Charger"),
}


def make_fields(kit, entity="lead"):
    with kit.work(kit.eve) as uow:
        for slug, kind in TYPES.items():
            choices = CHOICES.get(slug, ())
            draft = CustomFieldDraft(
                entity=entity, slug=slug, label=slug.title(), type=kind, choices=choices
            )
            add_field(uow, draft)


@pytest.fixture
def filled(kit):
    """A lead with a value in each custom field, and one with none."""
    make_fields(kit)
    with kit.work(kit.ann) as uow:
        installer = create_contact(uow, ContactDraft(name="Solaire"))
        custom = VALUES | {"helper": kit.bob, "installer": installer.id}
        lead = create_lead(uow, LeadDraft(name="Full", custom=custom))
        create_lead(uow, LeadDraft(name="Bare"))
        return lead.id, custom


def test_every_kind_of_value_comes_back_as_it_was_given(kit, filled):
    lead_id, custom = filled
    with kit.read(kit.ann) as uow:
        assert read_lead(uow, lead_id)["custom"] == custom


@pytest.mark.parametrize(
    "condition",
    [
        'colour = "bleu nuit"',
        "colour contains NUIT",
        'colour == "Bleu Nuit"',
        "story contains story",
        "seats = 12",
        "seats >= 12 and seats < 13",
        "ratio = 1.25",
        "budget > 1999.98",
        "share in (12.5, 13)",
        "visit = 2026-12-24",
        "visit > today",
        "seen_at = 2026-11-01",
        "is_partner = true",
        'size = "grosse m"',
        "options = battery",
        "options contains roo",
        'site contains "example.org"',
        'billing = "PAY@example.org"',
        "helper = bob",
        "installer contains solaire",
        "not (seats is empty)",
        "options is not empty",
    ],
)
def test_a_filter_finds_a_lead_by_a_custom_field(kit, filled, condition):
    lead_id, _ = filled
    with kit.read(kit.ann) as uow:
        found = list_leads(uow, ListQuery(filter=condition)).rows
        others = list_leads(uow, ListQuery(filter=f"not ({condition})")).rows
    assert [row.id for row in found] == [lead_id]
    assert len(others) == 1


@pytest.mark.parametrize(
    "slug", sorted(set(VALUES) - {"story", "options"} - {"is_partner"})
)
@pytest.mark.parametrize("sign", ["", "-"])
def test_a_list_in_the_order_of_a_custom_field_has_empty_values_last(
    kit, filled, slug, sign
):
    lead_id, _ = filled
    with kit.read(kit.ann) as uow:
        first = list_leads(uow, ListQuery(sort=f"{sign}{slug}", limit=1))
        second = list_leads(
            uow, ListQuery(sort=f"{sign}{slug}", limit=1, cursor=first.next_cursor)
        )
    assert [row.id for row in first.rows] == [lead_id]
    assert [row.name for row in second.rows] == ["Bare"]


@pytest.mark.parametrize(
    ("slug", "value"),
    [
        ("seats", "twelve"),
        ("seats", 2**60),
        ("seats", True),
        ("ratio", "NaN"),
        ("share", 101),
        ("visit", "2026-02-30"),
        ("seen_at", "2026-11-01 08:30"),
        ("is_partner", "perhaps"),
        ("size", "XXL"),
        ("options", ["Roof", "Pool"]),
        ("site", "javascript:alert(1)"),
        ("billing", "nobody"),
        ("colour", "x" * 501),
        ("colour", "nul\x00"),
        ("helper", 999_999),
        ("installer", 999_999),
        ("unheard_of", 1),
    ],
)
def test_a_value_that_does_not_fit_is_refused_and_named(kit, filled, slug, value):
    lead_id, custom = filled
    with pytest.raises(CrmError) as caught, kit.work(kit.ann) as uow:
        edit_lead(uow, get_lead(uow, lead_id), {"custom": {slug: value}})
    assert caught.value.field in {f"custom.{slug}", slug}
    with kit.read(kit.ann) as uow:
        assert read_lead(uow, lead_id)["custom"] == custom


def test_an_edit_merges_by_key_is_told_and_can_be_undone(kit, filled):
    lead_id, custom = filled
    change = {"seats": 13, "options": ["Charger"], "colour": None, "helper": kit.ann}
    with kit.work(kit.ann) as uow:
        edit_lead(uow, get_lead(uow, lead_id), {"custom": change})
        change_id = uow.change_id
    with kit.read(kit.ann) as uow:
        now = read_lead(uow, lead_id)["custom"]
        event = events_of(uow, "lead", lead_id, before=None, limit=1)[0]
    assert now == custom | change | {"options": ("Charger",)}
    assert event.values["custom.seats"] == [12, 13]
    with kit.work(kit.ann) as uow:
        undo_change(uow, change_id)
    with kit.read(kit.ann) as uow:
        assert read_lead(uow, lead_id)["custom"] == custom


def test_an_edit_over_a_newer_value_is_refused_with_both(kit, filled):
    lead_id, _ = filled
    with kit.work(kit.ann) as uow:
        edit_lead(uow, get_lead(uow, lead_id), {"custom": {"seats": 13}})
    with kit.work(kit.ann) as uow:
        lead = get_lead(uow, lead_id)
        change = {"custom": {"seats": 14}}
        with pytest.raises(StaleError) as caught:
            edit_lead(uow, lead, change, lead.version - 1)
    assert caught.value.mine == {"custom.seats": 14}
    with kit.work(kit.ann) as uow:
        lead = get_lead(uow, lead_id)
        edit_lead(uow, lead, {"custom": {"colour": "Red"}}, lead.version - 1)


def test_a_contact_has_custom_fields_too(kit):
    make_fields(kit, "contact")
    with kit.work(kit.ann) as uow:
        contact = create_contact(uow, ContactDraft(name="Solaire", custom=VALUES))
        edit_contact(uow, contact, {"custom": {"seats": 3}})
        change_id = uow.change_id
        held = describe_contact(uow, contact)["custom"]
        assert held == VALUES | {"seats": 3, "helper": None, "installer": None}
    with kit.work(kit.ann) as uow:
        edit_contact(uow, get_contact(uow, contact.id), {"custom": {"seats": 4}})
        second = uow.change_id
    with kit.work(kit.ann) as uow:
        undo_change(uow, second)
        held = describe_contact(uow, get_contact(uow, contact.id))["custom"]
    assert held["seats"] == 3
    assert second != change_id


def test_a_field_that_must_be_filled_in_refuses_a_new_lead_without_it(kit):
    with kit.work(kit.eve) as uow:
        draft = CustomFieldDraft(slug="region", label="Region", is_required=True)
        field = add_field(uow, draft)
    with pytest.raises(CrmError, match="Region"), kit.work(kit.ann) as uow:
        create_lead(uow, LeadDraft(name="None"))
    with kit.work(kit.ann) as uow:
        lead = create_lead(uow, LeadDraft(name="One", custom={"region": "West"}))
    with pytest.raises(CrmError, match="Region"), kit.work(kit.ann) as uow:
        edit_lead(uow, get_lead(uow, lead.id), {"custom": {"region": None}})
    with kit.work(kit.eve) as uow:
        hide_field(uow, get_field(uow, field.id))
    with kit.work(kit.ann) as uow:
        create_lead(uow, LeadDraft(name="Two"))


def test_a_field_of_a_higher_role_is_unknown_to_a_lower_one(kit):
    with kit.work(kit.eve) as uow:
        draft = CustomFieldDraft(
            slug="margin",
            label="Margin",
            type=FieldType.WHOLE,
            lowest_role=Role.MANAGER,
        )
        add_field(uow, draft)
    with kit.work(kit.eve) as uow:
        lead = create_lead(
            uow, LeadDraft(name="Deal", owner_id=kit.ann, custom={"margin": 7})
        )
    with kit.read(kit.ann) as uow:
        assert "margin" not in fields_of(uow, "lead")
        assert read_lead(uow, lead.id)["custom"] == {}
        for query in (ListQuery(filter="margin = 7"), ListQuery(sort="margin")):
            with pytest.raises(CrmError, match="no field “margin”"):
                list_leads(uow, query)
    with pytest.raises(CrmError, match="margin"), kit.work(kit.ann) as uow:
        edit_lead(uow, get_lead(uow, lead.id), {"custom": {"margin": 8}})
    with kit.read(kit.max) as uow:
        assert read_lead(uow, lead.id)["custom"] == {"margin": 7}


def test_a_hidden_field_comes_back_with_its_values(kit, filled):
    lead_id, custom = filled
    with kit.read(kit.eve) as uow:
        number = uow.catalogue.definitions["lead"]["seats"].id
    with kit.work(kit.eve) as uow:
        hide_field(uow, get_field(uow, number))
    with kit.read(kit.ann) as uow:
        assert "seats" not in read_lead(uow, lead_id)["custom"]
    with kit.work(kit.eve) as uow:
        recall_field(uow, get_field(uow, number))
    with kit.read(kit.ann) as uow:
        assert read_lead(uow, lead_id)["custom"] == custom


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"slug": "name"}, "a field “name” already"),
        ({"slug": "seats"}, "a field “seats” already"),
        ({"type": "tags"}, "type of a field is one of"),
        ({"type": "choice"}, "Give the choices"),
        ({"type": "choice", "choices": ("A", "a")}, "each once"),
        ({"choices": ("A",)}, "other types have none"),
    ],
)
@pytest.mark.usefixtures("filled")
def test_a_field_that_cannot_be_is_refused(kit, changes, sentence):
    draft = CustomFieldDraft(**{"slug": "extra", "label": "Extra"} | changes)
    with pytest.raises(CrmError, match=sentence), kit.work(kit.eve) as uow:
        add_field(uow, draft)


@pytest.mark.usefixtures("filled")
def test_slug_and_type_never_change_and_only_admins_change_the_rest(kit):
    with kit.work(kit.eve) as uow:
        number = uow.catalogue.definitions["lead"]["size"].id
        field = get_field(uow, number)
        edit_field(uow, field, {"label": "Taille", "choices": ["Größe S", "XL"]})
        with pytest.raises(CrmError, match="cannot be changed"):
            edit_field(uow, field, {"slug": "other"})
    with pytest.raises(ForbiddenError), kit.work(kit.max) as uow:
        add_field(uow, CustomFieldDraft(slug="mine", label="Mine"))
    with kit.read(kit.ann) as uow:
        assert fields_of(uow, "lead")["size"].label == "Taille"


def test_an_export_holds_custom_values(kit, filled):
    _, custom = filled
    names = ["name", "seats", "options", "helper", "visit"]
    with kit.read(kit.ann) as uow:
        query = ListQuery(filter="seats = 12")
        rows = list(read_fields(uow, "lead", names, query))
    assert rows == [
        {
            "name": "Full",
            "seats": 12,
            "options": ["Battery", "Roof"],
            "helper": "Bob",
            "visit": custom["visit"],
        }
    ]


@pytest.mark.parametrize(
    ("slug", "condition"),
    [
        ("colour", "colour = red"),
        ("seats", "seats > 990"),
        ("visit", "visit < 2026-01-03"),
    ],
)
def test_an_indexed_field_is_found_by_its_index(crm, kit, slug, condition):
    make_fields(kit)
    with kit.work(kit.eve) as uow:
        create_leads(
            uow,
            [
                LeadDraft(
                    name=f"Lead {number}",
                    custom={
                        "colour": f"colour {number}" if number else "Red",
                        "seats": number * 3,
                        "visit": date(2026, 1, 1 + number % 28),
                    },
                )
                for number in range(400)
            ],
        )
        definition = uow.catalogue.definitions["lead"][slug]
    with crm.maintenance() as connection:
        indexed(connection, definition)
    with kit.read(kit.eve) as uow:
        statement = plan_of(uow, condition)
    assert f"ix_custom__lead__{slug}" in statement


def plan_of(uow, condition):
    """How the database looks for what a filter finds."""
    connection = uow.session.connection()
    is_sqlite = connection.dialect.name == "sqlite"
    if not is_sqlite:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
    query = select(Lead.id).where(criterion_of(uow, "lead", condition, ""))
    compiled = query.compile(connection, compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
    rows = connection.execute(text(f"{explain} {compiled}".replace(":", "\\:")))
    return "\n".join(str(row) for row in rows)
