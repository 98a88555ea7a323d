"""The filter builder: rows beside the text of the same filter."""

import re

import pytest
from hypothesis import given

from crmkit.core import (
    CustomFieldDraft,
    FieldType,
    add_field,
    criterion_of,
    fields_of,
    filter_to_json,
    parse_filter,
)
from crmkit.web.pages.filter_rows import FilterRow, FilterRows, rows_of, text_of

from tests.core.test_filters import conditions
from tests.web.doors import HTMX, fields_of_problem

TEXTS = [
    'expected_revenue > 50000 and stage in ("New", "Proposal")',
    'owner = me and (city is empty or country != "FR")',
    'team = my teams or not (tags = "Hot")',
    "next_activity_at < today and expected_close <= today + 30 days",
    'name not contains "pump" and email is not empty',
    "expected_close >= 2026-12-31 and is_rotting = true",
    'name == "Exactly" and (owner = me or (city = "Lyon" and zip = "69001"))',
    "seats > 3 and probability >= 12.5",
]


@pytest.fixture(scope="module", autouse=True)
def seats(door):
    with door.kit.work() as uow:
        draft = CustomFieldDraft(slug="seats", label="Seats", type=FieldType.WHOLE)
        add_field(uow, draft)


@pytest.mark.parametrize("text", TEXTS)
def test_a_filter_becomes_rows_and_the_rows_the_same_filter(door, text):
    with door.kit.read() as uow:
        rows = rows_of(uow, "lead", text)
        assert text_of(uow, "lead", rows) == text


@given(text=conditions)
def test_every_filter_there_is_goes_through_rows_unchanged(door, text):
    with door.kit.read() as uow:
        built = text_of(uow, "lead", rows_of(uow, "lead", text))
    assert filter_to_json(parse_filter(built)) == filter_to_json(parse_filter(text))


def ask(door, **query):
    answer = door.person("eve").get("/filters/lead", params=query, headers=HTMX)
    assert answer.status_code == 200, answer.text
    return answer.text


def text_in(answer):
    (found,) = re.findall(r'id="filter-text" name="filter" value="([^"]*)"', answer)
    return found.replace("&#34;", '"').replace("&gt;", ">").replace("&lt;", "<")


def test_rows_say_their_text_as_soon_as_they_change(door):
    rows = {
        "place": ["", "", ""],
        "field": ["expected_revenue", "owner", "city"],
        "comparison": [">=", "=", "contains"],
        "value": ["1,000.5", "me", ""],
    }
    assert text_in(ask(door, **rows)) == "expected_revenue >= 1000.5 and owner = me"
    assert " or " in text_in(ask(door, **rows, join="or"))
    grouped = rows | {"place": ["", "0", "0"], "value": ["1", "me", "Lyon"]}
    text = text_in(ask(door, **grouped, joins=["or"]))
    assert text == 'expected_revenue >= 1 and (owner = me or city contains "Lyon")'


def test_a_row_is_added_removed_and_takes_the_comparisons_of_its_field(door):
    row = {"place": "", "field": "owner", "comparison": ">=", "value": "5"}
    answer = ask(door, **row)
    assert "is any of" in answer
    assert '<option value="me">' in answer
    assert answer.count('id="condition-') == 1
    assert ask(door, **row, do="add").count('id="condition-') == 2
    assert ask(door, **row, do="group").count('id="condition-') == 3
    assert ask(door, **row, do="remove:0").count('id="condition-') == 0
    assert "is on or before" in ask(door, **row | {"field": "expected_close"})
    assert 'value="true"' in ask(door, **row | {"field": "is_rotting"})
    assert "is any of" in ask(door, **row | {"field": "source"})


def test_a_text_that_makes_no_sense_says_where_and_keeps_what_was_typed(door):
    answer = ask(door, source="text", filter="owner = me and and")
    assert 'data-error-at="15"' in answer
    assert text_in(answer) == "owner = me and and"
    assert "character 16" in answer


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (("expected_revenue", ">", "much"), "is no number"),
        (("expected_close", "=", "soon"), "is no day"),
        (("expected_close", "=", "1 or owner = me"), ""),
        (("status", "=", "sold"), "is one of open, won, lost"),
    ],
)
def test_a_value_that_does_not_fit_is_said_and_kept(door, row, sentence):
    names = ("field", "comparison", "value")
    answer = ask(door, place="", **dict(zip(names, row, strict=True)))
    assert 'role="alert"' in answer
    assert sentence in answer


def test_a_list_has_its_builder_with_all_that_its_address_says(door):
    page = door.person("eve").get(
        "/leads", params={"filter": "owner = me", "group": "stage", "sort": "name"}
    )
    (link,) = re.findall(r'hx-get="(/filters/lead[^"]*)"', page.text)
    answer = door.person("eve").get(link.replace("&amp;", "&"), headers=HTMX).text
    assert text_in(answer) == "owner = me"
    assert 'name="group" value="stage"' in answer
    assert 'name="sort" value="name"' in answer


def test_every_field_can_be_compared_in_every_way_it_offers(door):
    with door.kit.read() as uow:
        for entity in ("lead", "contact"):
            for field in fields_of(uow, entity).values():
                for text in ("is empty", "is not empty"):
                    if field.computed is None:
                        rows = rows_of(uow, entity, f"{field.name} {text}")
                        assert rows.rows[0].field == field.name
                        criterion_of(uow, entity, text_of(uow, entity, rows), "")


def test_what_has_no_fields_has_no_builder(door):
    answer = door.script("eve").get("/fields", params={"entity": "cow"})
    assert fields_of_problem(answer) is not None
    assert door.person("eve").get("/filters/cow").status_code == 422


def test_rows_without_a_value_or_a_field_say_nothing(door):
    with door.kit.read() as uow:
        rows = (FilterRow("", "", ""), FilterRow("city", "contains", " "))
        assert text_of(uow, "lead", FilterRows(rows)) == ""


def test_a_chip_says_a_condition_in_words(door):
    text = 'expected_revenue >= 5000 and (city = "Lyon" or city is empty)'
    page = door.person("eve").get("/leads", params={"filter": text}).text
    assert "Expected revenue ≥ 5000" in page
    assert "City is Lyon or City is empty" in page
