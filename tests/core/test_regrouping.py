"""The board by another field than the stage."""

from datetime import date

import pytest

from crmkit.core import (
    BoardQuery,
    CustomFieldDraft,
    FieldType,
    UnknownFieldError,
    add_field,
    board_fields,
    get_lead,
    pipeline_by,
    regroup_lead,
    win_lead,
)
from crmkit.core.grouping import UnknownGroupError


@pytest.fixture
def leads(kit):
    """Three open leads and a won one; a choice field of our own."""
    with kit.work() as uow:
        draft = CustomFieldDraft(
            slug="region",
            label="Region",
            type=FieldType.CHOICE,
            choices=("East", "West"),
        )
        add_field(uow, draft)
    made = [
        kit.lead(
            "One", owner_id=kit.eve, priority=1, source="Fair", expected_revenue=10
        ),
        kit.lead(
            "Two", owner_id=kit.max, custom={"region": "West"}, expected_revenue=20
        ),
        kit.lead("Three", owner_id=None, expected_close=date(2027, 1, 31)),
        kit.lead("Gone", owner_id=kit.eve, expected_revenue=40),
    ]
    with kit.work() as uow:
        win_lead(uow, get_lead(uow, made[-1].id))
    return [lead.id for lead in made]


def shown(kit, by, **query):
    """The cards of each column that has any, by its label."""
    with kit.read() as uow:
        columns = pipeline_by(uow, BoardQuery(**query), by).columns
    assert all(len(column.cards) == column.count for column in columns)
    return {
        column.name: [card.name for card in column.cards]
        for column in columns
        if column.count
    }


@pytest.mark.usefixtures("leads")
def test_leads_without_a_value_come_first_and_won_ones_not_at_all(kit):
    assert shown(kit, "owner") == {"": ["Three"], "Eve": ["One"], "Max": ["Two"]}
    assert shown(kit, "region") == {"": ["Three", "One"], "West": ["Two"]}
    assert shown(kit, "source") == {"": ["Three", "Two"], "Fair": ["One"]}
    assert shown(kit, "priority")["1"] == ["One"]


@pytest.mark.usefixtures("leads")
def test_what_one_may_choose_is_a_column_though_nothing_stands_in_it(kit):
    with kit.read() as uow:
        region = pipeline_by(uow, BoardQuery(), "region").columns
        months = pipeline_by(uow, BoardQuery(), "expected_close:month").columns
        today = uow.today()
    assert [column.key for column in region] == ["", "East", "West"]
    keys = [column.key for column in months]
    assert keys[:2] == ["", str(today.replace(day=1))]
    assert "2027-01-01" in keys
    assert keys == sorted(keys)


@pytest.mark.usefixtures("leads")
def test_sums_and_limits_are_those_of_each_column(kit):
    with kit.read() as uow:
        columns = pipeline_by(uow, BoardQuery(limit=1), "region").columns
    assert [(one.count, int(one.sum.base), one.has_more) for one in columns] == [
        (2, 10, True),
        (0, 0, False),
        (1, 20, False),
    ]


@pytest.mark.parametrize(
    ("by", "text", "values"),
    [
        ("owner", "", {"owner_id": None}),
        ("priority", "3", {"priority": 3}),
        ("country", "FR", {"country": "FR"}),
        ("expected_close:month", "2027-02-01", {"expected_close": date(2027, 2, 28)}),
        ("expected_close:month", "", {"expected_close": None}),
    ],
)
def test_a_lead_takes_the_value_of_its_column(kit, leads, by, text, values):
    with kit.work() as uow:
        lead = get_lead(uow, leads[2])
        regroup_lead(uow, lead, by, text, lead.version)
        assert {name: getattr(lead, name) for name in values} == values


def test_a_lead_takes_a_source_and_a_choice_of_its_column(kit, leads):
    with kit.work() as uow:
        lead = get_lead(uow, leads[2])
        fair = get_lead(uow, leads[0]).source_id
        regroup_lead(uow, lead, "source", str(fair))
        regroup_lead(uow, lead, "region", "East")
        assert lead.source_id == fair
    assert shown(kit, "region")["East"] == ["Three"]
    assert shown(kit, "source")["Fair"] == ["Three", "One"]


def test_what_a_drop_cannot_set_makes_no_columns(kit, leads):
    with kit.work() as uow:
        offered = set(board_fields(uow))
        lead = get_lead(uow, leads[0])
        assert {"owner", "team", "priority", "source", "region"} <= offered
        assert not {"status", "kind", "name", "email", "lost_reason", "tags"} & offered
        for by in ("status", "name", "stage", "gone"):
            with pytest.raises(UnknownFieldError):
                pipeline_by(uow, BoardQuery(), by)
        for by, text in (("source", "999"), ("owner", "Eve"), ("priority", "1e9")):
            with pytest.raises(UnknownGroupError):
                regroup_lead(uow, lead, by, text)
