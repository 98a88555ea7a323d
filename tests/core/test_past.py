"""The board as of a moment equals the board that was seen at that moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.core import (
    BoardQuery,
    CrmError,
    Lead,
    LeadDraft,
    archive_lead,
    archive_stage,
    as_of,
    create_lead,
    criterion_of,
    delete_lead,
    edit_lead,
    get_stage,
    lose_lead,
    move_lead,
    pipeline,
    read_moment,
    restore_lead,
    win_lead,
)


def _move(uow, lead, number):
    if lead.status != "lost":
        stage_id = 1 + number % 3
        if lead.deleted_at is None:
            move_lead(uow, lead, get_stage(uow, stage_id))


def _lose(uow, lead, number):
    del number
    if lead.status == "open":
        lose_lead(uow, lead, None)


ACTIONS = {
    "move": _move,
    "amount": lambda uow, lead, number: edit_lead(
        uow, lead, {"expected_revenue": Decimal(number) / 7 // Decimal("0.01") / 100}
    ),
    "currency": lambda uow, lead, number: edit_lead(
        uow, lead, {"currency": ("EUR", "USD", "JPY")[number % 3]}
    ),
    "percent": lambda uow, lead, number: (
        edit_lead(uow, lead, {"probability": Decimal(number % 10_000) / 100})
        if lead.status == "open"
        else None
    ),
    "team": lambda uow, lead, number: edit_lead(
        uow, lead, {"team_id": (1, 2, None)[number % 3], "owner_id": None}
    ),
    "close": lambda uow, lead, number: edit_lead(
        uow, lead, {"expected_close": uow.today() + timedelta(days=number % 99)}
    ),
    "lose": _lose,
    "win": lambda uow, lead, _: win_lead(uow, lead) if lead.status == "open" else None,
    "archive": lambda uow, lead, _: archive_lead(uow, lead),
    "delete": lambda uow, lead, _: delete_lead(uow, lead),
    "restore": lambda uow, lead, _: restore_lead(uow, lead),
}
STEPS = st.lists(
    st.tuples(
        st.sampled_from(sorted(ACTIONS)),
        st.integers(0, 3),
        st.integers(0, 10**9),
    ),
    min_size=1,
    max_size=12,
)


def sums(board):
    """What a board says of its columns, whatever its cards are."""
    return [
        (column.name, column.count, column.sum, column.weighted_sum)
        for column in board.columns
    ]


def cards(board):
    """What the cards of a board say that was so then, by column."""
    return {
        column.name: sorted(
            (
                card.id,
                card.status,
                card.expected_revenue,
                card.weighted_revenue,
                card.currency,
                card.probability,
                card.expected_close,
                card.team_id,
                card.owner_name,
                card.days_in_stage,
                card.is_overdue,
            )
            for card in column.cards
        )
        for column in board.columns
    }


def run(kit, steps):
    """Do `steps` on four leads, and tell what the board was after each."""
    clock, seen = kit.crm.clock, {}
    with kit.work() as uow:
        leads = [
            create_lead(uow, LeadDraft(name=f"Lead {n}", team_id=1 + n % 2)).id
            for n in range(4)
        ]
    for action, which, number in steps:
        clock.advance(hours=7)
        with kit.work() as uow:
            ACTIONS[action](uow, uow.session.get_one(Lead, leads[which]), number)
        for who in (kit.eve, kit.ann):
            with kit.read(who) as uow:
                board = pipeline(uow, BoardQuery())
                seen[(clock.now(), who)] = (sums(board), cards(board))
    return seen


@given(steps=STEPS)
def test_the_board_as_of_a_moment_is_the_one_seen_then(kit, steps):
    seen = run(kit, steps)
    for (moment, who), (summed, shown) in seen.items():
        if who != kit.eve:
            continue
        with kit.read(who) as uow:
            for at in (moment, moment + timedelta(hours=6)):
                board = as_of(uow, min(at, uow.now()), BoardQuery())
                assert sums(board) == summed
            assert cards(as_of(uow, moment, BoardQuery())) == shown
    with kit.read(kit.ann) as uow:
        now = as_of(uow, uow.now(), BoardQuery())
        assert (sums(now), cards(now)) == seen[(uow.now(), kit.ann)]


def test_before_the_first_lead_the_columns_are_empty(kit, clock):
    kit.lead()
    with kit.read(kit.eve) as uow:
        board = as_of(uow, clock.now() - timedelta(days=1), BoardQuery())
    assert [(column.name, column.count) for column in board.columns] == [
        ("New", 0),
        ("Proposal", 0),
        ("Won", 0),
    ]


def test_a_filter_asks_what_was_so_then(kit, clock):
    lead = kit.lead("Pump station", expected_revenue="900")
    then = clock.now()
    clock.advance(days=1)
    with kit.work() as uow:
        lead = uow.session.get_one(Lead, lead.id)
        edit_lead(uow, lead, {"expected_revenue": "100", "team_id": kit.oslo})
    for text, count in (
        ("expected_revenue > 500", 1),
        ("expected_revenue < 500", 0),
        ('name = "Pump station" and team = "Lyon"', 1),
        ('name = "Roof"', 0),
    ):
        with kit.read(kit.eve) as uow:
            query = BoardQuery(criterion=criterion_of(uow, "lead", text, ""))
            assert as_of(uow, then, query).columns[0].count == count
    with kit.read(kit.eve) as uow:
        assert as_of(uow, then, BoardQuery(team_id=kit.lyon)).columns[0].count == 1
        assert as_of(uow, then, BoardQuery(team_id=kit.oslo)).columns[0].count == 0


def test_who_sees_a_lead_today_sees_its_past_and_nobody_else(kit, clock):
    lead = kit.lead(owner_id=kit.ann)
    then = clock.now()
    clock.advance(days=1)
    with kit.work() as uow:
        lead = uow.session.get_one(Lead, lead.id)
        edit_lead(uow, lead, {"owner_id": kit.bob})
    counts = {}
    for who in (kit.ann, kit.bob, kit.tom, kit.oli, kit.lea):
        with kit.read(who) as uow:
            counts[who] = as_of(uow, then, BoardQuery()).columns[0].count
    assert counts == {kit.ann: 0, kit.bob: 1, kit.tom: 1, kit.oli: 0, kit.lea: 1}


def test_a_lead_deleted_since_stays_on_the_board_of_then(kit, clock):
    lead = kit.lead("Gone")
    then = clock.now()
    clock.advance(days=1)
    with kit.work() as uow:
        delete_lead(uow, uow.session.get_one(Lead, lead.id))
    with kit.read(kit.eve) as uow:
        assert [card.name for card in as_of(uow, then, BoardQuery()).columns[0].cards]
        assert not as_of(uow, uow.now(), BoardQuery()).columns[0].count


def test_a_stage_archived_since_shows_what_stood_in_it(kit, clock):
    trial = kit.stage("Trial", position=15)
    lead = kit.lead(stage_id=trial.id)
    then = clock.now()
    clock.advance(days=1)
    with kit.work() as uow:
        lead = uow.session.get_one(Lead, lead.id)
        move_lead(uow, lead, get_stage(uow, kit.new))
        archive_stage(uow, get_stage(uow, trial.id))
    with kit.read(kit.eve) as uow:
        names = [column.name for column in as_of(uow, then, BoardQuery()).columns]
        assert names == ["New", "Trial", "Proposal", "Won"]
        now = as_of(uow, uow.now(), BoardQuery())
        assert [column.name for column in now.columns] == ["New", "Proposal", "Won"]


def test_the_latest_changed_come_first_and_more_can_be_asked_for(kit, clock):
    for number in range(5):
        clock.advance(minutes=1)
        kit.lead(f"Lead {number}")
    with kit.read(kit.eve) as uow:
        query = BoardQuery(stage_id=kit.new, offset=1, limit=2)
        (column,) = as_of(uow, uow.now(), query).columns
    assert [card.name for card in column.cards] == ["Lead 3", "Lead 2"]
    assert (column.count, column.has_more) == (5, True)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-24", "2026-11-24T09:00:00+00:00"),
        ("2026-11-23", "2026-11-23T22:59:59.999999+00:00"),
        ("2026-06-30", "2026-06-30T21:59:59.999999+00:00"),
        ("2026-06-30T12:00", "2026-06-30T10:00:00+00:00"),
        ("2026-06-30T12:00:00Z", "2026-06-30T12:00:00+00:00"),
        ("2026-06-30T12:00:00 02:00", "2026-06-30T10:00:00+00:00"),
    ],
)
def test_a_day_means_its_end_and_a_moment_itself(make_kit, text, moment):
    kit = make_kit(time_zone="Europe/Paris")
    with kit.read() as uow:
        assert read_moment(uow, text) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    "text",
    ["2026-11-25", "2999-01-01", "yesterday", "", "1000-01-01", "2026-11-24T23:00"],
)
def test_what_has_not_come_or_is_no_day_is_refused(kit, text):
    with (
        kit.read() as uow,
        pytest.raises(CrmError, match=r"has not come yet|is no day") as refused,
    ):
        read_moment(uow, text)
    assert refused.value.field == "as_of"
