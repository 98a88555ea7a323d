"""Numbers as people and programs write them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal

from crmkit_data_exchange.problems import (
    NO_NUMBER,
    NO_WHOLE_NUMBER,
    ValueRefusedError,
)

DecimalSign = Literal[".", ","]

_LONGEST = 40
_MOST_DIGITS = 15
_GROUP = 3
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009'\u2019]")
_CURRENCY = re.compile(
    r"^(?P<sign>[-+])?(?:[$€£¥₹₽₩]|[A-Z]{1,2}\$|kr\.?|zł|fr\.?|(?!E\d)[A-Z]{3})(?=[-+\d.,(])"
    r"|(?<=[\d.,)-])(?:[$€£¥₹₽₩]|kr\.?|zł|fr\.?|[A-Z]{3})$",
    re.IGNORECASE,
)
_FORMS = {
    ".": re.compile(
        r"[-+]?(\d+|\d{1,3}(,\d{2,3})+)?(\.\d*)?(E[-+]?\d{1,2})?", re.IGNORECASE
    ),
    ",": re.compile(
        r"[-+]?(\d+|\d{1,3}(\.\d{3})+)?(,\d*)?(E[-+]?\d{1,2})?", re.IGNORECASE
    ),
}


def read_number(text: str, decimal_sign: DecimalSign) -> Decimal:
    """The number that `text` means, with thousands marks and currency signs left out.

    Raises:
        ValueRefusedError: it is none, or the decimal sign would be the other one.
    """
    if len(text) > _LONGEST:
        raise ValueRefusedError(NO_NUMBER)
    bare = _SPACES.sub("", text).replace("\u2212", "-")
    bare = _CURRENCY.sub(lambda found: found["sign"] or "", bare)
    if bare.startswith("(") and bare.endswith(")"):
        bare = f"-{bare[1:-1]}"
    elif bare.endswith("-"):
        bare = f"-{bare[:-1]}"
    if not _FORMS[decimal_sign].fullmatch(bare) or not any(map(str.isdigit, bare)):
        raise ValueRefusedError(NO_NUMBER)
    plain = bare.replace("," if decimal_sign == "." else ".", "").replace(",", ".")
    number = Decimal(plain)
    if number.adjusted() >= _MOST_DIGITS:
        raise ValueRefusedError(NO_NUMBER)
    return number


def read_whole(text: str, decimal_sign: DecimalSign) -> Decimal:
    """The number that `text` means, which has no fraction.

    Raises:
        ValueRefusedError: it is no number or no whole one.
    """
    number = read_number(text, decimal_sign)
    if number != number.to_integral_value():
        raise ValueRefusedError(NO_WHOLE_NUMBER)
    return number


def read_percent(text: str, decimal_sign: DecimalSign) -> Decimal:
    """The percentage that `text` means: `50`, `50 %` and `50,0%` are all 50.

    Raises:
        ValueRefusedError: it is no number.
    """
    return read_number(text.removesuffix("%").removeprefix("%").strip(), decimal_sign)


def find_decimal_sign(texts: list[str]) -> DecimalSign:
    """The sign that parts the decimals of `texts`, a point where nothing speaks."""
    votes = {".": 0, ",": 0}
    for text in texts:
        bare = _CURRENCY.sub("", _SPACES.sub("", text[:_LONGEST])).strip("%()-+")
        if not bare or set(bare) - set("0123456789.,"):
            continue
        last = max(bare.rfind("."), bare.rfind(","))
        if last < 0:
            continue
        sign, behind = bare[last], len(bare) - last - 1
        if bare.count(sign) > 1:
            votes["," if sign == "." else "."] += 1  # it parts thousands
        elif behind != _GROUP or {".", ","} <= set(bare):
            votes[sign] += 1
    return "," if votes[","] > votes["."] else "."
