"""Reading what people type into fields."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from babel.numbers import NumberFormatError, format_decimal, parse_decimal


def read_number(text: str, locale: str) -> Decimal | str:
    """A number typed the way the language writes it, or plainly; else the text.

    What is no number is given back as it is, so that validation can name it.
    """
    plain = text.strip().replace("\u00a0", " ").replace("\u202f", " ")
    tight = plain.replace(" ", "")
    if locale != "en" and tight.count(",") == 1 and "." not in tight:
        tight = tight.replace(",", ".")
    try:
        return Decimal(tight)
    except InvalidOperation:
        pass
    try:
        return parse_decimal(tight, locale=locale)
    except NumberFormatError:
        return text


def number_text(value: Decimal, locale: str) -> str:
    """`value` as one would type it: no grouping, no zeros at the end."""
    return str(format_decimal(value, "0.####", locale=locale))


def read_whole(text: str) -> int | str:
    """A whole number that a form sends, like an id; else the text, to be refused."""
    plain = text.strip()
    return int(plain) if plain.isascii() and plain.isdigit() else text
