"""The board: columns, sums over the whole filter, cards by urgency."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from crmkit.core import (
    ActivityDraft,
    BoardQuery,
    Lead,
    LeadKind,
    PastLeadDraft,
    Status,
    archive_lead,
    create_leads,
    criterion_of,
    get_lead,
    list_stages,
    pipeline,
    plan_activity,
)
from crmkit.core.sums import Amount
from crmkit.testing import statements

CENTS = st.integers(0, 10**9).map(lambda cents: Decimal(cents) / 100)


def board(kit, query=None, who=None):
    """The columns of a board by name."""
    with kit.read(who) as uow:
        columns = pipeline(uow, query or BoardQuery()).columns
    return {column.name: column for column in columns}


def plan(kit, lead, days):
    """Something to do for `lead` so many days from now."""
    with kit.work() as uow:
        due_on = uow.today() + timedelta(days=days)
        plan_activity(uow, get_lead(uow, lead.id), ActivityDraft(due_on=due_on))


def names(column):
    return [card.name for card in column.cards]


def test_an_empty_board_shows_its_columns(kit):
    columns = board(kit)
    assert list(columns) == ["New", "Proposal", "Won"]
    assert {column.count for column in columns.values()} == {0}
    assert [column.sum for column in columns.values()] == [Amount()] * 3
    assert columns["Won"].is_won
    assert columns["Proposal"].probability == 50


@dataclass(frozen=True)
class Row:
    """A lead to be made, what it waits for, and whether it is archived then."""

    fields: dict[str, object]
    days: int | None
    is_archived: bool


drafts = st.builds(
    Row,
    fields=st.fixed_dictionaries(
        {
            "stage_id": st.sampled_from([1, 1, 2, 3]),
            "expected_revenue": CENTS,
            "currency": st.sampled_from(["EUR", "EUR", "USD"]),
            "probability": st.none() | st.integers(0, 100),
            "team_id": st.sampled_from([None, 1, 2]),
            "owner_id": st.sampled_from([None, 1, 2, 4]),
            "status": st.sampled_from(["open", "open", "open", "lost"]),
            "kind": st.sampled_from(["opportunity", "opportunity", "lead"]),
        }
    ),
    days=st.none() | st.integers(-3, 3),
    is_archived=st.sampled_from([False, False, False, True]),
)


def fill(kit, rows):
    """A board with these leads and no others."""
    with kit.work() as uow:
        now = uow.now()
        uow.session.execute(update(Lead).values(deleted_at=now))
        made = create_leads(
            uow,
            [
                PastLeadDraft(name=f"Lead {number}", **row.fields)
                for number, row in enumerate(rows)
            ],
        )
        for lead, row in zip(made, rows, strict=True):
            if row.days is not None:
                day = uow.today() + timedelta(days=row.days)
                plan_activity(uow, lead, ActivityDraft(due_on=day))
            if row.is_archived:
                archive_lead(uow, lead)
        return made


def is_on_board(lead):
    return (
        lead.kind is LeadKind.OPPORTUNITY
        and lead.status is not Status.LOST
        and lead.archived_at is None
    )


def amount_of(cards, name):
    by_currency: dict[str, Decimal] = {}
    for card in cards:
        known = by_currency.get(card.currency, Decimal(0))
        by_currency[card.currency] = known + getattr(card, name)
    lacking = {code: own for code, own in by_currency.items() if code != "EUR"}
    base = by_currency.get("EUR", Decimal(0))
    return Amount(base, by_currency, tuple(lacking), lacking)


@given(rows=st.lists(drafts, max_size=25))
def test_counts_and_both_sums_are_those_of_the_cards(kit, rows):
    leads = fill(kit, rows)
    columns = board(kit, BoardQuery(limit=100))
    shown = {lead.id for lead in leads if is_on_board(lead)}
    cards = [card for column in columns.values() for card in column.cards]
    assert {card.id for card in cards} == shown
    for column in columns.values():
        assert column.count == len(column.cards)
        assert column.sum == amount_of(column.cards, "expected_revenue")
        assert column.weighted_sum == amount_of(column.cards, "weighted_revenue")
        states = [card.next_activity.state for card in column.cards]
        counts = {
            name: states.count(name) for name in ("late", "today", "planned", "none")
        }
        activity = column.activity
        assert counts == {name: getattr(activity, name) for name in counts}


@given(rows=st.lists(drafts, max_size=25), limit=st.integers(1, 9))
def test_each_card_is_dealt_once_whatever_the_page(kit, rows, limit):
    fill(kit, rows)
    whole = board(kit, BoardQuery(limit=100))
    for column in whole.values():
        dealt, offset, more = [], 0, True
        while more:
            query = BoardQuery(stage_id=column.stage_id, offset=offset, limit=limit)
            (page,) = board(kit, query).values()
            assert (page.count, page.sum) == (column.count, column.sum)
            dealt += page.cards
            offset, more = offset + limit, page.has_more
        assert dealt == list(column.cards)


def test_cards_come_late_then_today_then_without_a_step_then_planned(kit):
    for name, days in (
        ("in 5 days", 5),
        ("nothing, older", None),
        ("today", 0),
        ("2 days late", -2),
        ("nothing, newer", None),
        ("tomorrow", 1),
        ("a week late", -7),
    ):
        lead = kit.lead(name)
        if days is not None:
            plan(kit, lead, days)
    assert names(board(kit)["New"]) == [
        "a week late",
        "2 days late",
        "today",
        "nothing, newer",
        "nothing, older",
        "tomorrow",
        "in 5 days",
    ]


def test_a_card_says_how_late_or_how_far_its_next_step_is(kit, clock):
    plan(kit, kit.lead("Late"), -2)
    plan(kit, kit.lead("Soon"), 3)
    kit.lead("Idle")
    said = {
        card.name: (card.next_activity.state, card.next_activity.days)
        for card in board(kit)["New"].cards
    }
    assert said == {"Late": ("late", 2), "Soon": ("planned", 3), "Idle": ("none", 0)}
    clock.advance(days=3)
    (soon,) = (card for card in board(kit)["New"].cards if card.name == "Soon")
    assert (soon.next_activity.state, soon.next_activity.days) == ("today", 0)


def test_a_day_ends_at_midnight_of_the_settings_zone(kit, clock):
    plan(kit, kit.lead(), 0)
    clock.advance(hours=13.9)  # 23:54 in Paris
    assert board(kit)["New"].activity.today == 1
    clock.advance(hours=0.2)
    assert board(kit)["New"].activity.late == 1


def test_won_cards_come_newest_first(kit, clock):
    for number in range(3):
        kit.lead(f"Won {number}", stage_id=kit.won)
        clock.advance(days=1)
    assert names(board(kit)["Won"]) == ["Won 2", "Won 1", "Won 0"]


def test_old_victories_can_be_left_out_of_cards_and_sums(kit, clock):
    kit.lead("Last year", stage_id=kit.won, expected_revenue=100)
    clock.advance(days=40)
    kit.lead("This month", stage_id=kit.won, expected_revenue=20)
    kit.lead("Open", expected_revenue=3)
    since = clock.now() - timedelta(days=30)
    columns = board(kit, BoardQuery(won_since=since))
    assert names(columns["Won"]) == ["This month"]
    assert (columns["Won"].count, columns["Won"].sum.base) == (1, 20)
    assert columns["New"].count == 1


def test_a_card_beyond_the_first_ones_is_counted_and_announced(kit):
    with kit.work() as uow:
        create_leads(uow, [PastLeadDraft(name=f"Lead {n}") for n in range(31)])
    column = board(kit)["New"]
    assert (column.count, len(column.cards), column.has_more) == (31, 30, True)
    column = board(kit, BoardQuery(offset=30))["New"]
    assert (column.count, len(column.cards), column.has_more) == (31, 1, False)


def test_another_currency_is_summed_apart_and_said_to_lack_a_rate(kit):
    kit.lead(expected_revenue=100)
    kit.lead(expected_revenue=7, currency="USD")
    column, seven = board(kit)["New"], Decimal(7)
    assert column.sum == Amount(
        Decimal(100), {"EUR": Decimal(100), "USD": seven}, ("USD",), {"USD": seven}
    )
    assert column.weighted_sum.by_currency == {"EUR": 10, "USD": Decimal("0.7")}


def test_the_total_is_of_open_columns(kit):
    kit.lead(expected_revenue=100)
    kit.lead(expected_revenue=200, stage_id=kit.proposal)
    kit.lead(expected_revenue=400, stage_id=kit.won)
    with kit.read() as uow:
        total = pipeline(uow, BoardQuery()).total
    assert total.count == 2
    assert total.sum.base == 300
    assert total.weighted_sum.base == 110


def test_a_teams_board_has_the_shared_stages_and_its_own(kit):
    kit.stage("Only Oslo", team_ids=(kit.oslo,))
    kit.lead("Lyon's")
    kit.lead("Oslo's", team_id=kit.oslo)
    columns = board(kit, BoardQuery(team_id=kit.lyon))
    assert list(columns) == ["New", "Proposal", "Won"]
    assert names(columns["New"]) == ["Lyon's"]
    assert list(board(kit, BoardQuery(team_id=kit.oslo)))[-1] == "Only Oslo"


def test_a_filter_narrows_cards_and_sums_alike(kit):
    kit.lead("Dear", expected_revenue=1000)
    kit.lead("Cheap", expected_revenue=1)
    with kit.read() as uow:
        criterion = criterion_of(uow, "lead", "expected_revenue > 10", "")
        columns = pipeline(uow, BoardQuery(criterion=criterion)).columns
    assert names(columns[0]) == ["Dear"]
    assert columns[0].count == 1
    assert columns[0].sum.base == 1000


def test_a_card_rots_when_it_stands_longer_than_its_stage_allows(kit, clock):
    stage = kit.stage("Quick", rotting_days=3)
    kit.lead("Pump", stage_id=stage.id)
    clock.advance(days=3)
    (card,) = board(kit)["Quick"].cards
    assert (card.days_in_stage, card.is_rotting) == (3, False)
    clock.advance(days=1)
    (card,) = board(kit)["Quick"].cards
    assert (card.days_in_stage, card.is_rotting) == (4, True)


def test_a_card_is_overdue_after_the_day_it_should_have_closed(kit, clock):
    kit.lead(expected_close=clock.now().date())
    assert board(kit)["New"].cards[0].is_overdue is False
    clock.advance(days=1)
    assert board(kit)["New"].cards[0].is_overdue is True


def test_a_card_shows_its_owner_and_tags(kit):
    kit.lead(tags=("Water", "Key account"), priority=2, company_name="Hydrolis")
    (card,) = board(kit)["New"].cards
    assert (card.owner_name, card.tags) == ("Ann", ("Key account", "Water"))
    assert (card.priority, card.company_name) == (2, "Hydrolis")


@pytest.mark.parametrize("name", ["ann", "tom", "eve"])
def test_a_board_takes_two_statements_and_its_unit_one(kit, name):
    for _ in range(3):
        plan(kit, kit.lead(stage_id=kit.proposal), 0)
    with statements(kit.crm) as sent:
        assert len(board(kit, who=kit.people[name])) == 3
    assert len(sent) == 3, sent


def test_stages_come_in_their_order(kit):
    kit.stage("Middle", position=15)
    assert list(board(kit)) == ["New", "Middle", "Proposal", "Won"]
    with kit.read() as uow:
        assert [stage.name for stage in list_stages(uow)] == list(board(kit))
