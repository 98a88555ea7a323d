from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from crmkit_data_exchange.dates_in_text import find_date_order, read_date, read_moment
from crmkit_data_exchange.mapping import DateOrder
from crmkit_data_exchange.problems import ValueRefusedError

DAY, MONTH = DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-05",
        "2024/3/5",
        "20240305",
        "5.3.2024",
        "05/03/2024",
        "05-03-24",
        "5 March 2024",
        "5th March, 2024",
        "5 mars 2024",
        "5. März 2024",
        "March 5, 2024",
        "Mar 5 2024",
        "5-Mar-24",
        "5 de marzo de 2024",
        "Tue, 5 Mar 2024",
        "2024-03-05T23:30:00.000",
        "2024-03-05 23:30+03:00",
    ],
)
def test_a_day_is_understood_however_it_is_written(text: str) -> None:
    assert read_date(text, DAY) == date(2024, 3, 5)


def test_the_order_decides_where_two_are_possible() -> None:
    assert read_date("03/04/2024", MONTH) == date(2024, 3, 4)
    assert read_date("2024-03-04", MONTH) == date(2024, 3, 4)


@pytest.mark.parametrize(
    "text",
    ["31/02/2024", "2024-13-01", "soon", "12", "5 Foo 2024", "2024-03-05x", "9" * 99],
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueRefusedError):
        read_date(text, DAY)


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [
        ("2020-01-01", 0, 0),
        ("2020-01-01T15:00:00", 15, 0),
        ("2020-01-01T15:00:00Z", 15, 0),
        ("2020-01-01T15:00:00+03:00", 12, 0),
        ("2020-01-01T15:00:00-0330", 18, 30),
        ("2020-01-01 15:00:00.666+00", 15, 0),
        ("1/1/2020 3:05 PM", 15, 5),
        ("1/1/2020 12:05 am", 0, 5),
        ("01/01/2020 à 15h30", 15, 30),
    ],
)
def test_a_moment_is_in_utc(text: str, hour: int, minute: int) -> None:
    assert read_moment(text, DAY) == datetime(2020, 1, 1, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2020-01-01 25:00", "0001-01-01T00:00+03:00"])
def test_a_moment_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(ValueRefusedError):
        read_moment(text, DAY)


def test_the_order_of_a_column_is_found_by_its_large_days() -> None:
    assert find_date_order(["01/02/2024", "12/25/2024"]) is MONTH
    assert find_date_order(["01/02/2024", "25/12/2024"]) is DAY
    assert find_date_order(["01/02/2024", "x"]) is DAY
