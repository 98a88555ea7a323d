"""Custom fields on the page of a lead: shown in groups, edited in their place."""

import html
import re

import pytest

from crmkit.core import CustomFieldDraft, FieldType, add_field
from crmkit.core.fields import arranged
from crmkit.hooks import FieldGroup, arrange_fields
from crmkit.testing import open_door, sample_plugin

KINDS = {
    FieldType.TEXT: ("Blue", "Blue"),
    FieldType.WHOLE: ("12", 12),
    FieldType.DECIMAL: ("1.5", "1.5"),
    FieldType.MONEY: ("1500", "1500"),
    FieldType.DATE: ("2026-12-24", "2026-12-24"),
    FieldType.MOMENT: ("2026-12-24T10:30", "2026-12-24T09:30:00Z"),
    FieldType.YES_NO: ("false", False),
    FieldType.CHOICE: ("Gas", "Gas"),
    FieldType.CHOICES: (["Oil", "Gas"], ["Gas", "Oil"]),
    FieldType.MAIL: ("ann@example.com", "ann@example.com"),
    FieldType.CONTACT: ("Ada", 1),
    FieldType.USER: ("1", 1),
}


@pytest.fixture(scope="module")
def fields(door):
    """A field of each kind, a contact, and a lead to fill in."""
    door.script("eve").post("/contacts", {"name": "Ada"})
    with door.kit.work() as uow:
        for kind in KINDS:
            is_choice = kind in {FieldType.CHOICE, FieldType.CHOICES}
            draft = CustomFieldDraft(
                slug=f"my_{kind}",
                label=f"My {kind}",
                type=kind,
                choices=("Gas", "Oil") if is_choice else (),
            )
            add_field(uow, draft)
    return door.lead("Pump station")["id"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_of_each_kind_is_typed_in_its_place_and_kept(door, fields, kind):
    person, path = door.person("eve"), f"/leads/{fields}/fields/my_{kind}"
    typed, kept = KINDS[kind]
    assert person.get(path).status_code == 200
    data = {"picked": typed} if kind is FieldType.CHOICES else {"value": typed}
    answer = person("POST", path, data=data)
    assert answer.status_code == 200, answer.text
    custom = door.script("eve").get(f"/leads/{fields}").json()["custom"]
    found = custom[f"my_{kind}"]
    assert (sorted(found) if isinstance(found, list) else found) == kept
    assert f"My {kind}" in person.get(f"/leads/{fields}").text
    emptied = person("POST", path, data={"value": ""})
    assert emptied.status_code == 200
    custom = door.script("eve").get(f"/leads/{fields}").json()["custom"]
    assert not custom[f"my_{kind}"] or custom[f"my_{kind}"] is None


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (FieldType.WHOLE, "many"),
        (FieldType.DATE, "soon"),
        (FieldType.MOMENT, "soon"),
        (FieldType.CHOICE, "Coal"),
        (FieldType.CONTACT, "Nobody of that name"),
        (FieldType.USER, "99999"),
    ],
)
def test_what_does_not_fit_is_said_beside_the_field(door, fields, kind, typed):
    path = f"/leads/{fields}/fields/my_{kind}"
    answer = door.person("eve")("POST", path, data={"value": typed})
    assert answer.status_code == 422
    assert f"fact-my_{kind}-error" in answer.text


def test_two_people_who_fill_in_one_field_both_see_both_values(door, fields):
    path = f"/leads/{fields}/fields/my_text"
    version = door.script("eve").get(f"/leads/{fields}").json()["version"]
    person = door.person("eve")
    person("POST", path, data={"value": "Theirs", "version": version})
    answer = person("POST", path, data={"value": "Mine", "version": version})
    assert answer.status_code == 409
    assert "Theirs" in answer.text
    assert "Mine" in answer.text


@pytest.mark.parametrize(
    ("name", "typed", "read"),
    [
        ("tags", ("Big, New", "Old"), ("Big, New", "Old")),
        ("owner", ("6", "5"), ("Max", "Lea")),
        ("priority", ("3", "2"), ("very high", "high")),
        ("my_date", ("2026-12-24", "2026-11-30"), ("24 Dec 2026", "30 Nov 2026")),
        ("my_moment", ("2026-12-24T10:30", "2026-12-24T11:00"), ("10:30", "11:00")),
        ("my_yes_no", ("true", "false"), ("yes", "no")),
        ("my_choices", (["Oil", "Gas"], ["Gas"]), ("Oil", "Gas")),
    ],
)
def test_either_value_of_two_can_stay_whatever_its_kind(
    door, fields, name, typed, read
):
    mine, theirs = typed
    path, person = f"/leads/{fields}/fields/{name}", door.person("eve")
    key = "picked" if isinstance(mine, list) else "value"
    version = door.script("eve").get(f"/leads/{fields}").json()["version"]

    def post(value, version, key="value"):
        return person("POST", path, data={key: value, "version": version})

    def sides(answer):
        assert answer.status_code == 409, answer.text
        found = re.findall(
            r'type="radio" name="value" value="([^"]*)".*?<strong[^>]*>([^<]*)<',
            answer.text,
        )
        return [(html.unescape(value), text) for value, text in found]

    assert post(theirs, version, key).status_code == 200
    (my_value, my_text), (their_value, their_text) = sides(post(mine, version, key))
    assert read[0] in my_text
    assert read[1] in their_text
    now = door.script("eve").get(f"/leads/{fields}").json()["version"]
    assert "is as it was" in post(their_value, now).text
    assert "saved" in post(my_value, now).text


def test_fields_stand_where_a_plugin_puts_them_and_the_rest_comes_last(make_kit):
    def arrange(ctx):
        assert ctx.entity == "lead"
        return [
            FieldGroup("Site", ("b", "gone", "b")),
            FieldGroup("Empty", ("gone",)),
            FieldGroup("Again", ("b", "c")),
        ]

    kit = make_kit(sample_plugin("layouts", arrange_fields.impl(arrange)))
    with kit.read() as uow:
        groups = arranged(uow, "lead", None, ["a", "b", "c"])
    assert [(group.label, group.fields) for group in groups] == [
        ("Site", ("b",)),
        ("Again", ("c",)),
        ("", ("a",)),
    ]


def test_a_contact_that_one_may_not_see_is_not_named(make_kit):
    kit = make_kit(contacts_for_all=False)
    draft = CustomFieldDraft(slug="adviser", label="Adviser", type=FieldType.CONTACT)
    with open_door(kit) as door:
        with kit.work() as uow:
            add_field(uow, draft)
        secret = door.script("eve").post("/contacts", {"name": "Ada Lovell"}).json()
        lead = door.lead("Pump station", owner_id=kit.people["ann"])
        path = f"/leads/{lead['id']}"
        custom = {"custom": {"adviser": secret["id"]}}
        assert door.script("eve").patch(path, custom).status_code == 200
        assert "Ada Lovell" in door.person("eve").get(path).text
        shown = door.person("ann").get(path).text
    assert "Adviser" in shown
    assert "Ada Lovell" not in shown
