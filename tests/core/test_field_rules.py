"""What fields of admins can be besides: unique, searched, of teams, with defaults."""

import pytest

from crmkit.core import (
    CrmError,
    CustomFieldDraft,
    LeadDraft,
    ListQuery,
    Role,
    add_field,
    create_lead,
    create_leads,
    edit_field,
    edit_lead,
    get_field,
    get_lead,
    list_leads,
    load_values,
)


def field(kit, slug, **more):
    """The number of a new field that an admin made."""
    with kit.work(kit.eve) as uow:
        draft = CustomFieldDraft(slug=slug, label=slug.title(), **more)
        return add_field(uow, draft).id


def test_no_two_records_have_one_value_of_a_unique_field(kit):
    number = field(kit, "meter", is_unique=True)
    with kit.work(kit.ann) as uow:
        one = create_lead(uow, LeadDraft(name="A", custom={"meter": "Été 1"}))
        two = create_lead(uow, LeadDraft(name="B", custom={"meter": "2"}))
        edit_lead(uow, one, {"custom": {"meter": "ÉTÉ 1"}})
    tries = [
        lambda uow: create_lead(uow, LeadDraft(name="C", custom={"meter": "ete 1"})),
        lambda uow: edit_lead(
            uow, get_lead(uow, two.id), {"custom": {"meter": "ete 1"}}
        ),
        lambda uow: create_leads(
            uow, [LeadDraft(name=n, custom={"meter": "9"}) for n in "DE"]
        ),
    ]
    for attempt in tries:
        with pytest.raises(CrmError, match="already"), kit.work(kit.ann) as uow:
            attempt(uow)
    with kit.work(kit.eve) as uow:
        edit_field(uow, get_field(uow, number), {"is_unique": False})
    with kit.work(kit.ann) as uow:
        create_lead(uow, LeadDraft(name="C", custom={"meter": "2"}))
    with pytest.raises(CrmError, match="“2”"), kit.work(kit.eve) as uow:
        edit_field(uow, get_field(uow, number), {"is_unique": True})


def test_a_new_record_takes_defaults_and_is_found_by_searched_words(kit):
    field(kit, "plan", default="Basic tariff", is_searched=True)
    field(kit, "lyon_only", default="x", is_required=True, team_ids=(kit.lyon,))
    with kit.work(kit.eve) as uow:
        one, two = create_leads(
            uow,
            [
                LeadDraft(name="A", team_id=kit.lyon),
                LeadDraft(name="B", team_id=kit.oslo, custom={"plan": "Premium"}),
            ],
        )
        held = load_values(uow, "lead", [one.id, two.id])
        assert held[one.id] == {"plan": "Basic tariff", "lyon_only": "x"}
        assert held[two.id] == {"plan": "Premium"}
        edit_lead(uow, two, {"custom": {"plan": "Gold"}})
    with kit.read(kit.eve) as uow:
        for words, name in (("tariff", "A"), ("gold", "B")):
            found = list_leads(uow, ListQuery(words=words)).rows
            assert [row.name for row in found] == [name]
        assert not list_leads(uow, ListQuery(words="premium")).rows


@pytest.mark.parametrize(
    ("draft", "named"),
    [
        ({"type": "related"}, "source"),
        ({"type": "related", "source": "contact.name.city"}, "source"),
        ({"source": "contact.city"}, "source"),
        ({"type": "related", "source": "contact.city", "is_unique": True}, "type"),
        ({"type": "yes_no", "is_unique": True}, "is_unique"),
        ({"type": "date", "is_searched": True}, "is_searched"),
        ({"is_searched": True, "lowest_role": Role.MANAGER}, "is_searched"),
        ({"type": "whole", "default": "many"}, "custom.extra"),
        ({"team_ids": (999,)}, "team_ids"),
    ],
)
def test_what_a_field_cannot_be_is_refused_and_named(kit, draft, named):
    with kit.work(kit.eve) as uow, pytest.raises(CrmError) as refused:
        add_field(uow, CustomFieldDraft(slug="extra", label="Extra", **draft))
    assert refused.value.field == named


def test_a_field_without_a_position_stands_behind_all_others(kit):
    with kit.work(kit.eve) as uow:
        field = add_field(uow, CustomFieldDraft(slug="size", label="Size", position=0))
        last = add_field(uow, CustomFieldDraft(slug="last", label="Last"))
        edit_field(uow, field, {"position": None})
        assert field.position > last.position
