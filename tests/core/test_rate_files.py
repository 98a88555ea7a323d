from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from crmkit.core import (
    CrmError,
    ExchangeRate,
    NewRate,
    import_rates,
    list_currencies,
    read_rate_file,
)

DAY = date(2026, 11, 20)
ECB = """Date,USD,JPY,BGN,
2026-11-20,1.25,160,N/A,
2026-11-19,1.28,200,1.9558,
"""


def read(text, base="EUR"):
    """The rates of a file by currency and day, and its sentences."""
    content = text if isinstance(text, bytes) else text.encode()
    table = read_rate_file(content, base)
    said = [str(problem) for problem in table.problems]
    return {pair: rate.rate for pair, rate in table.rates.items()}, said


@pytest.mark.parametrize(
    "text",
    [
        "day;currency;rate\n2026-11-20;USD;0.92\n",
        "2026-11-20,usd,0.92",
        "2026-11-20\tUSD\t0,92\r\n\r\n",
        "\ufeffDevise;Taux;Jour\r\nUSD; 0,92 ;20.11.2026\r\n",
        'Date,Currency,Rate\n20 November 2026,USD,"0,92"\n',
        "date|code|taux|note\n20/11/2026|USD|0.92|noon\n",
        "2026-11-20;USD;0,92\n".encode("utf-16"),
    ],
)
def test_a_file_of_day_currency_and_rate_is_read_as_it_is_written(text):
    assert read(text) == ({("USD", DAY): Decimal("0.92")}, [])


@pytest.mark.parametrize(
    ("number", "meant"),
    [("1,086.5", "1086.5"), ("1.086,5", "1086.5"), ("1 086,5", "1086.5"), ("2", "2")],
)
def test_thousands_marks_are_no_matter(number, meant):
    rates, _ = read(f"2026-11-20;KWD;{number}")
    assert rates == {("KWD", DAY): Decimal(meant)}


def test_the_file_of_the_european_central_bank_tells_what_a_euro_is_worth():
    rates, said = read(ECB)
    assert said == []
    assert rates["USD", DAY] == Decimal("0.8")
    assert rates["JPY", date(2026, 11, 19)] == Decimal("0.005")
    assert ("BGN", DAY) not in rates
    assert len(rates) == 5


def test_the_same_file_serves_another_base_currency():
    rates, _ = read(ECB, base="USD")
    assert rates["EUR", DAY] == Decimal("1.25")
    assert rates["JPY", DAY] == Decimal("0.0078125")
    assert ("USD", DAY) not in rates
    with pytest.raises(CrmError, match="has no column CHF"):
        read(ECB, base="CHF")


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("soon;USD;1", "“soon” is no day; write one like 2026-12-31."),
        ("0001-01-01;USD;1", "“0001-01-01” is no day"),
        ("1/2/2026;USD;1", "“1/2/2026” can be two days"),
        ("2026-11-20;ZZZ;1", "“ZZZ” is no currency"),
        ("2026-11-20;USD;much", "“much” is no number."),
        ("2026-11-20;USD;0", "0 is no exchange rate"),
        ("2026-11-20;USD;-1", "-1 is no exchange rate"),
        ("2026-11-20;USD;NaN", "NaN is no exchange rate"),
        ("2026-11-20;EUR;2", "EUR is the base currency"),
        ("2026-11-20;USD", "There are 2 columns instead of 3."),
        ("2026-11-19;CHF;1.07", "CHF has another rate for 2026-11-19 further up."),
    ],
)
def test_each_wrong_line_gets_one_sentence(row, sentence):
    rates, said = read(f"day;currency;rate\n2026-11-19;CHF;1.06\n{row}\n")
    assert len(said) == 1
    assert said[0].startswith(f"Line 3: {sentence}")
    assert rates == {("CHF", date(2026, 11, 19)): Decimal("1.06")}


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"hello", b"\x00\xff\x00", b"PK\x03\x04"]
)
def test_what_holds_no_rates_is_refused_with_a_sentence(content):
    with pytest.raises(CrmError, match="There are no rates in this file"):
        read(content)


def test_too_large_a_file_is_refused_unread():
    with pytest.raises(CrmError, match="larger than 10 MB"):
        read(b"x" * 10_000_001)


def bring(kit, *rates, **options):
    with kit.work() as uow:
        new = [NewRate(code, DAY, Decimal(rate)) for code, rate in rates]
        return import_rates(uow, new, **options)


def codes(kit):
    with kit.read() as uow:
        return [one.code for one in list_currencies(uow)]


def test_a_file_brings_the_currencies_that_leads_are_in_and_others_when_asked(kit):
    lead = kit.lead(currency="USD", expected_revenue=100)
    plan = bring(kit, ("USD", "0.92"), ("CHF", "1.07"))
    assert (plan.added, plan.left_out, plan.entered.added) == (("USD",), ("CHF",), 1)
    assert codes(kit) == ["EUR", "USD"]
    assert kit.fresh(lead).base_revenue == 92
    plan = bring(kit, ("USD", "0.93"), ("CHF", "1.07"), add=True)
    assert (plan.added, plan.left_out) == (("CHF",), ())
    assert (plan.entered.added, plan.entered.changed, plan.entered.same) == (1, 1, 0)
    assert codes(kit) == ["EUR", "CHF", "USD"]


def test_a_dry_run_tells_the_same_and_writes_nothing(kit):
    bring(kit, ("USD", "0.92"), ("CHF", "1.07"), add=True)
    rates = [("USD", "0.92"), ("CHF", "1.08"), ("JPY", "0.006")]
    dry = bring(kit, *rates, add=True, dry=True)
    assert codes(kit) == ["EUR", "CHF", "USD"]
    with kit.read() as uow:
        assert uow.session.scalar(select(func.count(ExchangeRate.id))) == 2
    assert bring(kit, *rates, add=True) == dry
    assert (dry.entered.added, dry.entered.changed, dry.entered.same) == (1, 1, 1)
