"""The order of cards in a column, and placing them by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.core import (
    BoardOrder,
    BoardQuery,
    get_lead,
    get_stage,
    move_lead,
    pipeline,
    place_near,
    timeline_of,
    undo_change,
)
from crmkit.testing import statements


def cards(kit, order=BoardOrder.MANUAL, stage="New", **query):
    """The names of a column's cards in that order."""
    with kit.read() as uow:
        columns = pipeline(uow, BoardQuery(order=order, **query)).columns
        return [
            c.name for column in columns if column.name == stage for c in column.cards
        ]


def place(kit, lead, **near):
    """The change that put a card beside another."""
    with kit.work() as uow:
        ids = {name: other.id for name, other in near.items()}
        place_near(uow, get_lead(uow, lead.id), **ids)
        return uow.change_id


def test_cards_stand_by_value_or_by_closing_day_and_empty_ones_last(kit, clock):
    today = clock.now().date()
    kit.lead("Small", expected_revenue=Decimal(10))
    kit.lead("Soon", expected_close=today + timedelta(days=1))
    kit.lead("Large", expected_revenue=Decimal(999))
    kit.lead("No rate", expected_revenue=Decimal(9999), currency="JPY")
    kit.lead("Later", expected_close=today + timedelta(days=9))
    assert cards(kit, BoardOrder.VALUE)[:2] == ["Large", "Small"]
    assert cards(kit, BoardOrder.VALUE)[-1] == "No rate"
    assert cards(kit, BoardOrder.CLOSE)[:2] == ["Soon", "Later"]


@pytest.mark.parametrize("order", BoardOrder)
def test_the_pages_of_a_column_are_the_whole_column(kit, order):
    for number in range(7):
        kit.lead(f"Lead {number}", expected_revenue=Decimal(number % 3))
    whole = cards(kit, order)
    parts = [
        cards(kit, order, stage_id=kit.new, offset=at, limit=3) for at in (0, 3, 6)
    ]
    assert [name for part in parts for name in part] == whole
    assert len(whole) == 7


def test_the_newest_stand_on_top_until_somebody_places_them(kit):
    one, two, three = (kit.lead(name) for name in ("1", "2", "3"))
    assert cards(kit) == ["3", "2", "1"]
    place(kit, three, after=two)
    assert cards(kit) == ["2", "3", "1"]
    place(kit, one, before=two)
    assert cards(kit) == ["1", "2", "3"]
    kit.lead("new")
    assert cards(kit)[0] == "new"


def test_placing_writes_one_lead_alone(kit):
    leads = [kit.lead(str(number)) for number in range(5)]
    with kit.work() as uow, statements(kit.crm) as sent:
        place_near(uow, get_lead(uow, leads[0].id), before=leads[3].id)
    updates = [text for text in sent if text.startswith("UPDATE lead ")]
    assert len(updates) == 1


def test_a_neighbour_that_went_elsewhere_is_none(kit):
    one, two = (kit.lead(name) for name in ("1", "2"))
    with kit.work() as uow:
        move_lead(uow, get_lead(uow, two.id), get_stage(uow, kit.proposal))
    place(kit, one, before=two)
    with kit.read() as uow:
        assert get_lead(uow, one.id).board_rank is None


def test_a_place_is_taken_back_and_is_no_part_of_the_timeline(kit):
    one, two = (kit.lead(name) for name in ("1", "2"))
    change_id = place(kit, one, before=two)
    assert cards(kit) == ["1", "2"]
    with kit.work() as uow:
        kinds = {moment.kind for moment in timeline_of(uow, get_lead(uow, one.id))}
        undo_change(uow, change_id)
    assert cards(kit) == ["2", "1"]
    assert "lead.placed" not in kinds


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans()),
        min_size=25,
        max_size=60,
    )
)
def test_cards_stand_where_they_were_put(kit, moves):
    """More moves than halving a gap allows, so that cards have to make room."""
    leads = [kit.lead(f"{number}") for number in range(4)]
    mine = {lead.name: lead for lead in leads}
    ids = {lead.id for lead in leads}
    with kit.work() as uow:
        for lead in leads:
            move_lead(uow, get_lead(uow, lead.id), get_stage(uow, kit.proposal))
        expected = [str(number) for number in (3, 2, 1, 0)]
        for which, near, is_above in [*moves, *[(0, 1, True), (1, 0, True)] * 15]:
            name, beside = str(which), str(near)
            if name == beside:
                continue
            side = {"before" if is_above else "after": mine[beside].id}
            place_near(uow, get_lead(uow, mine[name].id), **side)
            expected.remove(name)
            at = expected.index(beside)
            expected.insert(at if is_above else at + 1, name)
        query = BoardQuery(order=BoardOrder.MANUAL, stage_id=kit.proposal, limit=500)
        (column,) = pipeline(uow, query).columns
        assert [card.name for card in column.cards if card.id in ids] == expected
