"""One filter language, two back ends: the database and values in memory agree."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.core import (
    CrmError,
    CustomFieldDraft,
    FieldType,
    LeadDraft,
    ListQuery,
    LostReason,
    NameDraft,
    PastLeadDraft,
    Status,
    add_field,
    add_named,
    create_leads,
    filter_from_json,
    filter_to_json,
    filter_to_text,
    get_leads,
    list_leads,
    make_test,
    parse_filter,
    values_of_leads,
)

NESTED: dict[str, Any] = {"field": "id", "operator": "=", "value": 1}
for _ in range(9):
    NESTED = {"not": NESTED}
TODAY = date(2026, 11, 24)
WORDS = ["", "Zoë", "zoe", "ÉTÉ 50%", "a_b", "straße", "STRASSE", "été", "x", "日本"]
FIELDS = {
    "name": "text",
    "company_name": "text",
    "city": "text",
    "email": "text",
    "colour": "text",
    "country": "code",
    "status": "status",
    "stage": "record",
    "owner": "record",
    "team": "record",
    "tags": "words",
    "options": "words",
    "expected_revenue": "number",
    "probability": "number",
    "priority": "whole",
    "seats": "whole",
    "expected_close": "day",
    "visit": "day",
    "created_at": "moment",
    "closed_at": "moment",
    "is_rotting": "yes_no",
    "is_partner": "yes_no",
}
ORDERS = ["=", "!=", "<", "<=", ">", ">="]
DAYS = ["today", "today - 1 days", "today + 30 days", "2026-11-24", "2026-11-23"]


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def leaf(name, kind):
    """Tests of one field, as text."""
    texts = st.sampled_from([word for word in WORDS if word]).map(quoted)
    numbers = st.sampled_from(["0", "1", "2.5", "50", "100", "1000.005", "33.333"])
    choices = {
        "text": ([*ORDERS, "==", "contains"], texts),
        "code": (["=", "!=", "=="], st.sampled_from(['"FR"', '"fr"', '"DE"'])),
        "status": (["=", "!="], st.sampled_from(["open", "won", "lost"])),
        "record": (
            ["=", "!=", "contains"],
            st.sampled_from(["me", "Ann", '"Bob"', "Lyon", "new", "1", "2", '"my"']),
        ),
        "words": (["=", "!=", "contains"], texts),
        "number": (ORDERS, numbers),
        "whole": (ORDERS, st.sampled_from(["0", "1", "2", "3", "-1"])),
        "day": (ORDERS, st.sampled_from(DAYS)),
        "moment": (ORDERS, st.sampled_from(DAYS)),
        "yes_no": (["=", "!="], st.sampled_from(["true", "false"])),
    }
    operators, values = choices[kind]
    compared = st.builds(
        lambda sign, value: f"{name} {sign} {value}",
        st.sampled_from(operators),
        values,
    )
    if name == "is_rotting":
        return compared
    empty = st.sampled_from([f"{name} is empty", f"{name} is not empty"])
    if kind in {"yes_no", "code"}:
        return compared | empty
    listed = st.lists(values, min_size=1, max_size=3).map(
        lambda some: f"{name} in ({', '.join(some)})"
    )
    return compared | empty | listed


conditions = st.recursive(
    st.sampled_from(sorted(FIELDS.items())).flatmap(lambda item: leaf(*item)),
    lambda inner: st.one_of(
        inner.map(lambda text: f"not ({text})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) and ({two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) or ({two[1]})"),
    ),
    max_leaves=5,
)


@pytest.fixture
def crowd(kit):
    """Leads of many shapes, some with nothing in them."""
    with kit.work(kit.eve) as uow:
        for slug, kind, choices in (
            ("colour", FieldType.TEXT, ()),
            ("seats", FieldType.WHOLE, ()),
            ("visit", FieldType.DATE, ()),
            ("is_partner", FieldType.YES_NO, ()),
            ("options", FieldType.CHOICES, tuple(WORDS[3:6])),
        ):
            draft = CustomFieldDraft(slug=slug, label=slug, type=kind, choices=choices)
            add_field(uow, draft)
        add_named(uow, LostReason, NameDraft(name="Price"))
    zone = ZoneInfo("Europe/Paris")
    with kit.work(kit.eve) as uow:
        drafts = []
        for number in range(40):
            word = WORDS[number % len(WORDS)]
            is_bare = number % 7 == 0
            custom = {
                "colour": WORDS[(number * 3) % len(WORDS)],
                "seats": number % 5,
                "visit": TODAY + timedelta(days=number % 3 - 1),
                "is_partner": number % 2 == 0,
                "options": [w for w in WORDS[3:5] if number % 3],
            }
            drafts.append(
                PastLeadDraft(
                    name=word or "x",
                    company_name=WORDS[(number * 7) % len(WORDS)] or None,
                    city=word or None,
                    email=["zoe@x.org", "ZOE@X.ORG", "no mail", None][number % 4],
                    country=[None, "FR", "DE"][number % 3],
                    owner_id=[None, kit.ann, kit.bob][number % 3],
                    tags=tuple(w for w in {word, "a_b"} if w) if number % 4 else (),
                    priority=number % 4,
                    expected_revenue=Decimal(number * 1000) / 2,
                    status=list(Status)[number % 3] if number % 5 else Status.OPEN,
                    lost_reason="Price",
                    expected_close=None if is_bare else TODAY + timedelta(number % 5),
                    created_at=datetime(2026, 11, 20 + number % 5, 23, 30, tzinfo=zone),
                    custom={} if is_bare else custom,
                )
            )
        return [lead.id for lead in create_leads(uow, drafts)]


@given(condition=conditions)
def test_both_back_ends_give_the_same_leads(kit, crowd, condition):
    with kit.read(kit.ann) as uow:
        leads = get_leads(uow, crowd)
        passes = make_test(uow, "lead", parse_filter(condition))
        mine = {
            lead.id
            for lead, values in zip(leads, values_of_leads(uow, leads), strict=True)
            if passes(values)
        }
        query = ListQuery(filter=condition, limit=100)
        assert {row.id for row in list_leads(uow, query).rows} == mine


@given(condition=conditions)
def test_a_filter_comes_back_from_json_and_from_text(condition):
    node = parse_filter(condition)
    kept = filter_from_json(filter_to_json(node))
    assert filter_to_json(kept) == filter_to_json(node)
    assert filter_to_json(parse_filter(filter_to_text(kept))) == filter_to_json(node)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"or": []},
        {"and": [{"field": "name"}]},
        {"field": "name", "operator": "like", "value": "x"},
        {"field": 1, "operator": "=", "value": "x"},
        {"field": "name", "operator": "=", "value": {"what": 1}},
        {"field": "name", "operator": "=", "value": float("nan")},
        {"field": "name", "operator": "=", "value": "a\x00b"},
        {"field": "name", "operator": "=", "value": {"day": "2026-02-30"}},
        NESTED,
        {"and": [{"field": "id", "operator": "=", "value": 1}] * 65},
        {"field": "id", "operator": "in", "value": [1] * 501},
    ],
)
def test_json_that_is_no_filter_is_refused_in_a_sentence(data):
    with pytest.raises(CrmError, match=r"\.$"):
        filter_from_json(data)


def test_a_draft_is_tested_before_it_is_a_lead(kit):
    with kit.read(kit.ann) as uow:
        passes = make_test(uow, "lead", parse_filter("owner = me and city = paris"))
        draft = LeadDraft(name="x", owner_id=kit.ann, city="Paris")
        values = {"owner": draft.owner_id, "city": draft.city}
        assert passes(values)
        assert not passes(values | {"owner": None})
