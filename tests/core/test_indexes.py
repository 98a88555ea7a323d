"""The plans of the hot questions: each is answered from its index."""

import re
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, event, text

from crmkit.core import (
    ActivityDraft,
    BoardQuery,
    LeadDraft,
    ListQuery,
    create_leads,
    group_leads,
    list_leads,
    pipeline,
    plan_activity,
    sum_leads,
)
from crmkit.testing import statements

LEADS = 150


@pytest.fixture
def busy(kit):
    """A board with leads in each range of urgency, and statistics of them."""
    with kit.work() as uow:
        leads = create_leads(
            uow,
            [
                LeadDraft(name=f"Lead {n}", expected_revenue=n, stage_id=1 + n % 3)
                for n in range(LEADS)
            ],
        )
        for number, lead in enumerate(leads[: LEADS // 2]):
            day = uow.today() + timedelta(days=number % 5 - 2)
            plan_activity(uow, lead, ActivityDraft(due_on=day))
    engine = create_engine(kit.crm.engine.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for command in ("VACUUM", "ANALYZE"):
            connection.execute(text(command))
    engine.dispose()
    return kit


def explain(kit, ask, *, by_bitmap=False):
    """The plan of each statement that `ask` sends, as text."""
    plans = []
    with kit.read(kit.eve) as uow:
        is_sqlite = uow.session.get_bind().dialect.name == "sqlite"
        if not is_sqlite:
            # The tables are small: a plan is to show what can be used, not what pays.
            uow.session.execute(text("SET LOCAL enable_seqscan = off"))
            switch = "on" if by_bitmap else "off"
            uow.session.execute(text(f"SET LOCAL enable_bitmapscan = {switch}"))
        with recorded(kit) as sent:
            ask(uow)
        command = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
        connection = uow.session.connection()
        for statement, parameters in sent:
            rows = connection.exec_driver_sql(command + statement, parameters).all()
            plans.append("\n".join(str(row[-1]) for row in rows))
    return plans


@contextmanager
def recorded(kit):
    """The statements sent and their parameters."""
    sent = []

    def note(_connection, _cursor, statement, parameters, *_more):
        sent.append((statement, parameters))

    event.listen(kit.crm.engine, "before_cursor_execute", note)
    yield sent
    event.remove(kit.crm.engine, "before_cursor_execute", note)


def count(plan, index):
    return len(re.findall(rf"\b{index}\b", plan))


def scans(plan):
    """The lines that read the whole table of leads without an index."""
    return [
        line
        for line in plan.splitlines()
        if re.search(r"SCAN lead$|Seq Scan on lead\b", line.strip())
    ]


def test_each_range_of_urgency_is_read_from_the_boards_index(busy):
    _, cards = explain(busy, lambda uow: pipeline(uow, BoardQuery(limit=100_000)))
    assert count(cards, "ix_lead_board") == 2 * 4, cards
    assert count(cards, "ix_lead_board_closed") == 1, cards
    assert scans(cards) == []


def test_no_range_of_urgency_is_sorted(busy):
    _, cards = explain(busy, lambda uow: pipeline(uow, BoardQuery()))
    assert "USE TEMP B-TREE FOR ORDER BY" not in cards, cards
    assert not re.search(r"Sort Key: lead_?\d*\.(next_activity_at|id|closed_at)", cards)


@pytest.mark.databases("sqlite")  # on so few rows PostgreSQL takes any index
def test_sums_are_read_from_an_index_that_covers_them(busy):
    sums, _ = explain(busy, lambda uow: pipeline(uow, BoardQuery()))
    assert "COVERING INDEX ix_lead_board_sums" in sums
    assert scans(sums) == []


@pytest.mark.databases("sqlite")  # on so few rows PostgreSQL takes any index
def test_sums_by_team_and_stage_are_read_from_an_index_that_covers_them(busy):
    plans = explain(busy, lambda uow: group_leads(uow, ListQuery(), ["team", "stage"]))
    assert "COVERING INDEX ix_lead_sums" in plans[0]
    assert scans(plans[0]) == []


@pytest.mark.databases("sqlite")
def test_the_leads_of_one_owner_by_amount_are_read_from_an_index(busy):
    mine = ListQuery(filter="owner = 1", sort="-expected_revenue", limit=20)
    (plan,) = explain(busy, lambda uow: list_leads(uow, mine))
    assert count(plan, "ix_lead_owner") == 1, plan
    assert "TEMP B-TREE FOR ORDER BY" not in plan


@pytest.mark.parametrize(
    ("sort", "index"),
    [
        ("created_at", "ix_lead_created"),
        ("-created_at", "ix_lead_created"),
        ("name", "ix_lead_name"),
        ("-name", "ix_lead_name"),
        ("expected_revenue", "ix_lead_revenue"),
        ("-expected_revenue", "ix_lead_revenue"),
        # Downwards, with empty days last, PostgreSQL sorts; upwards it need not.
        ("expected_close", "ix_lead_close"),
    ],
)
def test_a_sorted_list_is_read_from_its_index(busy, sort, index):
    page = ListQuery(sort=sort, limit=20)
    (plan,) = explain(busy, lambda uow: list_leads(uow, page))
    assert count(plan, index) == 1, plan
    assert "Sort Key: lead." not in plan, plan
    assert scans(plan) == []


@pytest.mark.parametrize("sort", ["created_at", "name", "expected_revenue"])
def test_a_later_page_is_read_from_the_index_too(busy, sort):
    first = ListQuery(sort=sort, limit=20)
    with busy.read(busy.eve) as uow:
        cursor = list_leads(uow, first).next_cursor
    later = ListQuery(sort=sort, limit=20, cursor=cursor)
    (plan,) = explain(busy, lambda uow: list_leads(uow, later))
    assert scans(plan) == []
    assert "ix_lead_" in plan, plan


def test_a_list_is_one_statement_and_its_unit_one(busy):
    with statements(busy.crm) as sent, busy.read(busy.ann) as uow:
        list_leads(uow, ListQuery(filter="probability >= 10", limit=80))
    assert len(sent) == 2, sent


CLEANED = "SELECT gin_clean_pending_list('ix_lead_words_vector')"


@pytest.mark.parametrize("many", [4000, 3])
def test_a_list_by_words_reads_the_index_of_words(kit, monkeypatch, many):
    monkeypatch.setattr("crmkit.core.search.MANY", many)
    with kit.work() as uow:
        create_leads(uow, [LeadDraft(name=f"Pump {n}") for n in range(1500)])
        uow.session.execute(text("ANALYZE"))
        is_sqlite = kit.crm.engine.dialect.name == "sqlite"
        if not is_sqlite:
            # As vacuum does: rows that wait to be indexed make the index look dear.
            uow.session.execute(text(CLEANED))
    for ask in (
        lambda uow: list_leads(uow, ListQuery(words="1499")),
        lambda uow: sum_leads(uow, ListQuery(words="1499")),
    ):
        (plan,) = explain(kit, ask, by_bitmap=True)
        index = "SCAN lead_words_fts VIRTUAL TABLE INDEX" if is_sqlite else "_vector"
        assert index in plan, plan
