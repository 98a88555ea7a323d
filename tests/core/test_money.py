"""Sums of columns and lists are the sums of what cards and rows show, exactly."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, update

from crmkit.core import (
    Amount,
    BoardQuery,
    Currency,
    CurrencyDraft,
    ExchangeRate,
    Lead,
    LeadDraft,
    ListQuery,
    RateDraft,
    Status,
    add_currency,
    create_leads,
    delete_rate,
    edit_lead,
    get_currency,
    get_rate,
    get_stage,
    list_leads,
    lose_lead,
    move_lead,
    pipeline,
    restore_lead,
    set_rate,
    sum_leads,
    win_lead,
)

FOREIGN = ("USD", "JPY", "KWD")
CODES = ("EUR", *FOREIGN)
CENT = Decimal("0.01")
amounts = st.decimals(0, 10**8, places=4, allow_nan=False)
rates = st.decimals("0.0001", 1000, places=6, allow_nan=False)
percents = st.none() | st.decimals(0, 100, places=2, allow_nan=False)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("lead"), st.sampled_from(CODES), amounts, percents),
        st.tuples(st.just("rate"), st.sampled_from(FOREIGN), rates, st.integers(-4, 0)),
        st.tuples(st.just("unrate"), st.integers(0, 9)),
        st.tuples(st.just("amount"), st.integers(0, 9), amounts),
        st.tuples(st.just("currency"), st.integers(0, 9), st.sampled_from(CODES)),
        st.tuples(st.just("percent"), st.integers(0, 9), percents),
        st.tuples(st.just("move"), st.integers(0, 9), st.integers(1, 3)),
        st.tuples(st.just("close"), st.integers(0, 9), st.booleans()),
        st.tuples(st.just("restore"), st.integers(0, 9)),
        st.tuples(st.just("wait"), st.integers(0, 2)),
    ),
    max_size=14,
)


class Story:
    """Leads and rates of one example, and what is known of them outside of crmkit."""

    def __init__(self, kit: Any, clock: Any) -> None:
        self.kit, self.clock = kit, clock
        self.leads: list[int] = []
        self.rates: dict[tuple[str, Any], Decimal] = {}
        with kit.work() as uow:
            uow.session.execute(update(Lead).values(deleted_at=uow.now()))
            uow.session.execute(delete(ExchangeRate))
            uow.session.execute(delete(Currency))
            for code in FOREIGN:
                add_currency(uow, CurrencyDraft(code=code))

    def tell(self, step: tuple[Any, ...]) -> None:
        """Do one step, if there is anything to do it to."""
        what, *rest = step
        if what == "wait":
            self.clock.advance(days=rest[0])
            return
        with self.kit.work() as uow:
            getattr(self, what)(uow, *rest)

    def lead(self, uow: Any, code: str, amount: Decimal, percent: Any) -> None:
        draft = {"currency": code, "expected_revenue": amount, "probability": percent}
        made = create_leads(uow, [LeadDraft(name="Lead", **draft)])
        self.leads.append(made[0].id)

    def rate(self, uow: Any, code: str, rate: Decimal, days: int) -> None:
        day = uow.today() + timedelta(days=days)
        self.rates[code, day] = rate
        set_rate(uow, get_currency(uow, code), RateDraft(day=day, rate=rate))

    def unrate(self, uow: Any, number: int) -> None:
        if self.rates:
            code, day = sorted(self.rates)[number % len(self.rates)]
            del self.rates[code, day]
            delete_rate(uow, get_rate(uow, get_currency(uow, code), day))

    def amount(self, uow: Any, number: int, amount: Decimal) -> None:
        self._edit(uow, number, expected_revenue=amount)

    def currency(self, uow: Any, number: int, code: str) -> None:
        self._edit(uow, number, currency=code)

    def percent(self, uow: Any, number: int, percent: Any) -> None:
        if self._is_open(uow, number):
            self._edit(uow, number, probability=percent)

    def move(self, uow: Any, number: int, stage_id: int) -> None:
        lead = self._lead(uow, number)
        if lead is not None and lead.status is not Status.LOST:
            move_lead(uow, lead, get_stage(uow, stage_id))

    def close(self, uow: Any, number: int, is_won: bool) -> None:  # noqa: FBT001
        if self._is_open(uow, number):
            lead = self._lead(uow, number)
            win_lead(uow, lead) if is_won else lose_lead(uow, lead, None)

    def restore(self, uow: Any, number: int) -> None:
        lead = self._lead(uow, number)
        if lead is not None:
            restore_lead(uow, lead)

    def _lead(self, uow: Any, number: int) -> Any:
        if not self.leads:
            return None
        return uow.session.get(Lead, self.leads[number % len(self.leads)])

    def _is_open(self, uow: Any, number: int) -> bool:
        lead = self._lead(uow, number)
        return lead is not None and lead.status is Status.OPEN

    def _edit(self, uow: Any, number: int, **changes: Any) -> None:
        lead = self._lead(uow, number)
        if lead is not None:
            edit_lead(uow, lead, changes)

    def rate_of(self, code: str, day: Any) -> Decimal | None:
        """The newest rate at or before `day`."""
        days = [since for known, since in self.rates if known == code and since <= day]
        if code == "EUR":
            return Decimal(1)
        return self.rates[code, max(days)] if days else None


def summed(cards: Any, own: str, base: str) -> Amount:
    """What the cards come to, added up one by one."""
    by_currency: dict[str, Decimal] = defaultdict(Decimal)
    lacking: dict[str, Decimal] = defaultdict(Decimal)
    total = Decimal(0)
    for card in cards:
        by_currency[card.currency] += getattr(card, own)
        if getattr(card, base) is None:
            lacking[card.currency] += getattr(card, own)
        else:
            total += getattr(card, base)
    return Amount(total, dict(by_currency), tuple(sorted(lacking)), dict(lacking))


def check_sums(story: Story) -> None:
    """Board and list, whole and filtered, add up to their cards and rows."""
    with story.kit.read() as uow:
        for column in pipeline(uow, BoardQuery(limit=100)).columns:
            cards = column.cards
            assert column.count == len(cards)
            assert column.sum == summed(cards, "expected_revenue", "base_revenue")
            weighted = summed(cards, "weighted_revenue", "base_weighted")
            assert column.weighted_sum == weighted
        for text in ("", "status = open", "currency = USD", "expected_revenue > 500"):
            query = ListQuery(filter=text, limit=100)
            rows, total = list_leads(uow, query).rows, sum_leads(uow, query)
            assert total.count == len(rows)
            assert total.sum == summed(rows, "expected_revenue", "base_revenue")
            weighted = summed(rows, "weighted_revenue", "base_weighted")
            assert total.weighted_sum == weighted


def check_open_leads(story: Story) -> None:
    """Open leads are worth what the newest rate makes of them."""
    with story.kit.read() as uow:
        today, rows = uow.today(), list_leads(uow, ListQuery("status = open")).rows
    for row in rows:
        rate = story.rate_of(row.currency, today)
        if rate is None:
            assert (row.base_revenue, row.base_weighted) == (None, None)
            continue
        worth = row.expected_revenue * rate
        if row.currency != "EUR":
            worth = worth.quantize(CENT, ROUND_HALF_EVEN)
        weighted = (worth * row.probability / 100).quantize(CENT, ROUND_HALF_EVEN)
        assert (row.base_revenue, row.base_weighted) == (worth, weighted)


@given(told=steps)
def test_sums_are_exactly_those_of_the_cards_and_rates_exactly_the_newest(
    kit, clock, told
):
    story = Story(kit, clock)
    for step in told:
        story.tell(step)
    check_sums(story)
    check_open_leads(story)
