from __future__ import annotations

from decimal import Decimal

import pytest

from crmkit_data_exchange.numbers_in_text import (
    DecimalSign,
    find_decimal_sign,
    read_number,
    read_percent,
    read_whole,
)
from crmkit_data_exchange.problems import ValueRefusedError


@pytest.mark.parametrize(
    ("text", "sign", "number"),
    [
        ("1054", ".", "1054"),
        ("1,234.50", ".", "1234.50"),
        ("12,34,567.8", ".", "1234567.8"),
        ("1.234,50", ",", "1234.50"),
        ("1 234,5", ",", "1234.5"),
        ("1\u202f234,5 €", ",", "1234.5"),
        ("1'234.5", ".", "1234.5"),
        ("$1,200", ".", "1200"),
        ("-$5", ".", "-5"),
        ("EUR 12,5", ",", "12.5"),
        ("12.5EUR", ".", "12.5"),
        ("(250.00)", ".", "-250"),
        ("\u22123", ".", "-3"),
        ("7-", ".", "-7"),
        (".5", ".", "0.5"),
        ("007", ".", "7"),
        ("1.5E+3", ".", "1500"),
        ("1E3", ".", "1000"),
    ],
)
def test_numbers_are_read_as_people_write_them(
    text: str, sign: DecimalSign, number: str
) -> None:
    assert read_number(text, sign) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("1,7", "."),
        ("1.7", ","),
        ("1.234,5", "."),
        ("NaN", "."),
        ("inf", "."),
        ("1e999", "."),
        ("9" * 16, "."),
        ("9" * 50, "."),
        ("12 apples", "."),
        ("-", "."),
        (".", "."),
        ("€", "."),
        ("1-2", "."),
        ("²", "."),
    ],
)
def test_what_could_be_another_number_or_none_is_refused(
    text: str, sign: DecimalSign
) -> None:
    with pytest.raises(ValueRefusedError):
        read_number(text, sign)


def test_percentages_and_whole_numbers() -> None:
    assert read_percent("50 %", ".") == read_percent("50", ".") == 50
    assert read_percent("2,5%", ",") == Decimal("2.5")
    assert read_whole("3.0", ".") == 3
    with pytest.raises(ValueRefusedError):
        read_whole("3.5", ".")


@pytest.mark.parametrize(
    ("texts", "sign"),
    [
        (["1,5", "2,75"], ","),
        (["1.5", "2,750"], "."),
        (["1.234.567"], ","),
        (["1.234,5"], ","),
        (["1,234", "5,678"], "."),
        (["12", "x"], "."),
    ],
)
def test_the_decimal_sign_of_a_column_is_found(
    texts: list[str], sign: DecimalSign
) -> None:
    assert find_decimal_sign(texts) == sign
