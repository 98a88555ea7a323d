from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, delete, insert, select
from sqlalchemy.exc import StatementError

from crmkit.core import Id, Money, Percent, Rate, Tag, UtcDateTime
from crmkit.core.types import NaiveTimeError, round_money

amounts = st.decimals(
    min_value=-(10**14), max_value=10**14, places=4, allow_nan=False
).map(lambda amount: amount + 0)
rates = st.decimals(
    min_value=0, max_value=10**7, places=10, allow_nan=False, allow_infinity=False
)
percents = st.decimals(min_value=0, max_value=100, places=2, allow_nan=False)
moments = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001  (hypothesis adds the zone)
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.integers(-12 * 60, 14 * 60).map(
        lambda minutes: timezone(timedelta(minutes=minutes))
    ),
)

kept = Table(
    "kept",
    MetaData(),
    Column("id", Id, primary_key=True),
    Column("money", Money),
    Column("percent", Percent),
    Column("moment", UtcDateTime),
    Column("rate", Rate),
)


@pytest.fixture
def uow(crm):
    with crm.work() as uow:
        kept.create(uow.session.connection())
        yield uow


def keep(uow, **values):
    """What comes back of values that were stored."""
    uow.session.execute(delete(kept))
    uow.session.execute(insert(kept), [values])
    return uow.session.execute(select(*(kept.c[name] for name in values))).one()


@given(amount=amounts)
def test_money_comes_back_as_it_went(uow, amount):
    assert keep(uow, money=amount) == (amount,)


@given(percent=percents)
def test_a_percentage_comes_back_as_it_went(uow, percent):
    assert keep(uow, percent=percent) == (percent,)


@given(rate=rates)
def test_an_exchange_rate_comes_back_as_it_went(uow, rate):
    assert keep(uow, rate=rate) == (rate,)


@given(moment=moments)
def test_a_moment_comes_back_as_the_same_moment_in_utc(uow, moment):
    (back,) = keep(uow, moment=moment)
    assert back == moment
    assert back.tzinfo is UTC


@given(pair=st.tuples(moments, moments))
def test_moments_sort_in_the_database_as_in_python(uow, pair):
    keep(uow, moment=pair[0])
    later = select(kept.c.id).where(kept.c.moment < pair[1])
    assert bool(uow.session.execute(later).first()) is (pair[0] < pair[1])


def test_nothing_stays_nothing(uow):
    nothing = {"money": None, "percent": None, "moment": None}
    assert keep(uow, **nothing) == (None, None, None)


def test_money_is_rounded_half_to_even():
    halves = [Decimal("0.00005"), Decimal("0.00015"), Decimal("-0.00005")]
    assert [round_money(half) for half in halves] == [
        Decimal(0),
        Decimal("0.0002"),
        Decimal(0),
    ]


def test_a_moment_without_a_zone_is_refused(uow):
    with pytest.raises(StatementError) as caught:
        keep(uow, moment=datetime(2026, 11, 24))  # noqa: DTZ001  (that is the test)
    assert isinstance(caught.value.orig, NaiveTimeError)


def test_the_number_of_a_deleted_record_is_not_given_again(crm):
    numbers = []
    for name in ("Water", "Energy"):
        with crm.work() as uow:
            tag = Tag(name=name, name_folded=name.lower(), created_at=uow.now())
            uow.session.add(tag)
            uow.session.flush()
            numbers.append(tag.id)
            uow.session.delete(tag)
    assert numbers[1] > numbers[0]
