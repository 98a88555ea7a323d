"""The board as a page: by any field, with fields of one's choice, folded, as views."""

import re

import pytest

from crmkit.core import CustomFieldDraft, FieldType, add_field

from tests.web.doors import HTMX


@pytest.fixture(scope="module", autouse=True)
def leads(door):
    """Leads of two owners, in two regions."""
    with door.kit.work() as uow:
        draft = CustomFieldDraft(
            slug="region",
            label="Region",
            type=FieldType.CHOICE,
            choices=("East", "W & S"),
        )
        add_field(uow, draft)
    return [
        door.lead("Boarded A", owner_id=door.kit.eve, custom={"region": "East"}),
        door.lead("Boarded B", owner_id=door.kit.max, city="Lille", priority=2),
    ]


def look(door, who="eve", **query):
    answer = door.person(who).get("/pipeline", params=query)
    assert answer.status_code == 200, answer.text
    return answer.text


def columns(text):
    """The names of the cards in each column, by the column's name."""
    parts = re.split(r'<section class="ck-col[^>]*data-name="([^"]*)"', text)[1:]
    return {
        name: re.findall(r'data-lead="\d+"[^>]*data-name="([^"]+)"', body)
        for name, body in zip(parts[::2], parts[1::2], strict=True)
    }


def test_any_field_that_a_drop_can_set_makes_the_columns(door):
    by_owner = columns(look(door, group="owner"))
    assert by_owner["Eve"] == ["Boarded A"]
    assert by_owner["Max"] == ["Boarded B"]
    by_region = columns(look(door, group="region"))
    assert by_region == {"None": ["Boarded B"], "East": ["Boarded A"], "W &amp; S": []}
    assert list(columns(look(door, group="priority")))[:2] == ["none", "low"]
    menu = look(door).partition('id="group-menu"')[2].partition("</div>")[0]
    offered = set(re.findall(r"group=([a-z_%A3]+)", menu))
    assert {"owner", "region", "priority", "expected_close%3Amonth"} <= offered
    for name in sorted(offered):
        look(door, group=name.replace("%3A", ":"))
    refused = door.person("eve").get("/pipeline", params={"group": "email"})
    assert refused.status_code == 422


def test_a_drop_sets_the_field_and_answers_the_heads_of_both_columns(door, leads):
    path, eve = f"/leads/{leads[1]['id']}/move", door.person("eve")
    form = {"group": "region", "to": "W & S", "layout": "board"}
    moved = eve(
        "POST", path, data={**form, "version": leads[1]["version"]}, headers=HTMX
    )
    assert "Boarded B moved to W &amp; S" in moved.text
    anchor = re.search(
        r'id="col-(g[0-9a-f]+)" [^>]*data-to="W &amp; S"', look(door, group="region")
    )
    assert anchor is not None
    assert f'hx-target="#col-{anchor[1]}-head"' in moved.text
    script = door.script("eve")
    fresh = script.get(f"/leads/{leads[1]['id']}").json()
    assert fresh["custom"] == {"region": "W & S"}
    wrong = eve("POST", path, data={**form, "to": "North"}, headers=HTMX)
    assert wrong.status_code == 422
    api = script.get("/pipeline?group=region").json()["columns"]
    assert [(one["group"]["value"], one["count"]) for one in api] == [
        (None, 0),
        ("East", 1),
        ("W & S", 1),
    ]


def test_cards_show_the_fields_that_one_chose(door):
    text = look(door, column=["city", "name", "region"])
    assert ("City", "Lille") in re.findall(r"<dt>([^<]+)</dt><dd[^>]*>([^<]+)", text)
    assert "columns=city" in text
    assert "ck-beside" not in look(door)


def test_a_folded_column_shows_its_head_and_unfolds(door):
    stage = door.kit.new
    text = look(door, fold=str(stage))
    assert columns(text)["New"] == []
    assert 'aria-label="Unfold New"' in text
    moved = door.person("eve")(
        "POST",
        f"/leads/{door.lead('Folded away')['id']}/move",
        data={"to": stage, "sort": "manual", "fold": str(stage), "layout": "board"},
        headers=HTMX,
    )
    assert "ck-fold-head" in moved.text
    assert "<article" not in moved.text


def test_a_board_is_kept_as_a_view_and_begins_with_it(door):
    person = door.person("max")
    made = person(
        "POST",
        "/views",
        data={
            "name": "By owner",
            "layout": "board",
            "group": "owner",
            "columns": "city",
            "sort": "value",
            "is_default": "on",
        },
    )
    assert made.headers["location"].startswith("/pipeline?view=")
    text = look(door, "max")
    assert 'aria-current="true"><span class="ck-clip">By owner' in text
    assert "Largest first" in text.partition('id="order"')[0] + text
    assert "Eve" in columns(text)
    assert "By owner" not in person.get("/leads").text
    assert "None" not in columns(look(door, "max", view="0"))
    wrong = {"name": "Wrong", "layout": "board", "sort": "-name"}
    assert person("POST", "/views", data=wrong).status_code == 422


def test_who_watches_is_told_that_something_was_done(door):
    eve = door.person("eve")
    (seen,) = re.findall('data-watch="([^"]+)"', look(door))
    assert eve.get("/watch", params={"seen": seen}).status_code == 204
    door.lead("Something done")
    answer = eve.get("/watch", params={"seen": seen})
    assert answer.json()["seen"] != seen
