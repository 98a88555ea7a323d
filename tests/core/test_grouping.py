"""Leads counted and summed by the values of fields."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from crmkit.core import (
    CrmError,
    CustomFieldDraft,
    FieldType,
    LeadDraft,
    ListQuery,
    add_field,
    create_leads,
    criterion_of_group,
    group_leads,
    sum_leads,
)


@pytest.fixture
def crowd(kit):
    """Thirty leads of several owners, countries, months and sizes."""
    with kit.work(kit.eve) as uow:
        draft = CustomFieldDraft(slug="seats", label="Seats", type=FieldType.WHOLE)
        add_field(uow, draft)
    with kit.work(kit.eve) as uow:
        drafts = [
            LeadDraft(
                name=f"Lead {number}",
                owner_id=[None, kit.ann, kit.bob][number % 3],
                country=[None, "FR"][number % 2],
                expected_revenue=Decimal(number * 10),
                currency="USD" if number % 5 == 0 else "EUR",
                expected_close=date(2026, 1 + number % 4, 9) if number % 2 else None,
                custom={"seats": number % 3} if number % 4 else {},
            )
            for number in range(30)
        ]
        create_leads(uow, drafts)
        return drafts


@pytest.mark.parametrize(
    ("by", "key"),
    [
        ("owner", lambda _kit, draft: draft.owner_id),
        ("country", lambda _kit, draft: draft.country),
        ("seats", lambda _kit, draft: draft.custom.get("seats")),
        (
            "expected_close:month",
            lambda _kit, draft: (
                draft.expected_close and draft.expected_close.replace(day=1)
            ),
        ),
    ],
)
def test_each_group_counts_and_sums_its_leads(kit, crowd, by, key):
    expected = Counter(key(kit, draft) for draft in crowd)
    with kit.read(kit.eve) as uow:
        groups = group_leads(uow, ListQuery(), [by])
    assert {group.keys[0].value: group.total.count for group in groups} == expected
    for group in groups:
        own = [d for d in crowd if key(kit, d) == group.keys[0].value]
        euros = sum(d.expected_revenue for d in own if d.currency == "EUR")
        assert group.total.sum.by_currency.get("EUR", 0) == euros


@pytest.mark.parametrize(
    "by",
    "owner team stage status country priority seats expected_close:month probability "
    "is_far currency expected_close".split(),
)
def test_the_leads_of_each_group_are_listed_by_its_key(kit, crowd, by):
    assert crowd
    with kit.work(kit.eve) as uow:
        draft = CustomFieldDraft(slug="is_far", label="Far", type=FieldType.YES_NO)
        add_field(uow, draft)
    with kit.work(kit.eve) as uow:
        far = [LeadDraft(name="Far", custom={"is_far": x}) for x in (True, False)]
        create_leads(uow, far)
    with kit.read(kit.eve) as uow:
        groups = group_leads(uow, ListQuery(), [by])
        for group in groups:
            narrowed = criterion_of_group(uow, by, group.keys[0].text)
            query = ListQuery(narrowed=narrowed)
            assert sum_leads(uow, query).count == group.total.count
        assert (
            sum(group.total.count for group in groups)
            == sum_leads(uow, ListQuery()).count
        )


@pytest.mark.parametrize(
    ("by", "value"),
    [
        ("owner", "Ann"),
        ("owner", "9" * 30),
        ("expected_close:month", "2026-13-01"),
        ("status", "sold"),
        ("country", "x" * 501),
        ("probability", "much"),
    ],
)
def test_a_group_that_cannot_be_is_refused(kit, by, value):
    with kit.read() as uow, pytest.raises(CrmError, match="no such group"):
        criterion_of_group(uow, by, value)


def test_groups_of_two_fields_add_up_to_the_whole_and_empty_comes_last(kit, crowd):
    with kit.read(kit.ann) as uow:
        query = ListQuery(filter="expected_revenue > 50")
        groups = group_leads(uow, query, ["country", "owner"])
        whole = sum_leads(uow, query)
    total = groups[0].total
    assert sum(group.total.count for group in groups) == whole.count
    assert sum(group.total.sum.base for group in groups) == whole.sum.base
    assert [group.keys[0].value for group in groups][-1] is None
    assert {key.label for group in groups for key in group.keys} >= {"Ann", "FR", ""}
    assert total.count <= whole.count < len(crowd)


@pytest.mark.parametrize(
    "by",
    [
        [],
        ["name", "name"],
        ["expected_revenue"],
        ["tags"],
        ["nothing"],
        ["created_at"],
        ["owner:month"],
        ["owner", "team", "stage", "country"],
    ],
)
def test_what_leads_cannot_be_grouped_by_is_refused(kit, by):
    with kit.read(kit.ann) as uow, pytest.raises(CrmError, match=r"\.$|”"):
        group_leads(uow, ListQuery(), by)
