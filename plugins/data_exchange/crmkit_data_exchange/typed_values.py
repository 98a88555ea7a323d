"""From the text of a cell to the value of a field, by the field's type."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from crmkit_data_exchange.codes_in_text import (
    read_country,
    read_currency,
    read_language,
)
from crmkit_data_exchange.dates_in_text import read_date, read_moment
from crmkit_data_exchange.names import fold_name
from crmkit_data_exchange.numbers_in_text import read_number, read_percent, read_whole
from crmkit_data_exchange.problems import (
    NO_CHOICE,
    NO_MAIL_ADDRESS,
    NO_YES_NO,
    ValueRefusedError,
)

if TYPE_CHECKING:
    from crmkit_data_exchange.fields import FieldDescription
    from crmkit_data_exchange.mapping import Mapping

Value = str | Decimal | int | date | datetime | bool | list[str] | None
Parse = Callable[[str], Value]

YES = frozenset(
    {"yes", "y", "true", "t", "1", "x", "on", "✓", "✔"}
    | {"oui", "o", "vrai", "ja", "wahr", "si", "verdadero"}
)
NO = frozenset(
    {"no", "n", "false", "f", "0", "off", "-", "✗"}
    | {"non", "faux", "nein", "falsch", "falso"}
)

_ADDRESS = re.compile(r"[^\s@<>(),;:\"]+@[^\s@<>(),;:\"]+\.[^\s@<>(),;:\"]{2,}")
_NAMED_ADDRESS = re.compile(r"[^<>]*<\s*([^<>]+?)\s*>")
_LONGEST_ADDRESS = 500
_NAMES = re.compile(r'\s*(?:"((?:[^"]|"")+)"\s*(?=[,;|\n]|$)|([^,;|\n]+))')


def choose_parse(field: FieldDescription, mapping: Mapping) -> Parse:
    """The function that turns a cell, which is not blank, into a value of `field`.

    It raises ValueRefusedError for a text that does not fit.
    """
    sign, order = mapping.decimal_sign, mapping.date_order
    by_type: dict[str, Parse] = {
        "long_text": read_long_text,
        "whole": lambda text: int(read_whole(text, sign)),
        "decimal": lambda text: read_number(text, sign),
        "money": lambda text: read_number(text, sign),
        "percent": lambda text: read_percent(text, sign),
        "date": lambda text: read_date(text, order),
        "moment": lambda text: read_moment(text, order),
        "yes_no": read_yes_no,
        "tags": read_tags,
        "mail": read_mail_address,
        "country": read_country,
        "language": read_language,
        "currency": read_currency,
    }
    if str(field.type) == "choices":
        return make_choices_parse(field.choices)
    if field.choices:
        return make_choice_parse(field.choices)
    return by_type.get(str(field.type), read_text)


def read_text(text: str) -> str:
    """`text` on one line."""
    return text if text.isprintable() else " ".join(text.split())


def read_long_text(text: str) -> str:
    """`text` with its lines, however they ended."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_yes_no(text: str) -> bool:
    """Whether `text` is a yes in English, French, German or Spanish.

    Raises:
        ValueRefusedError: it is neither yes nor no.
    """
    word = fold_name(text)
    if word in YES:
        return True
    if word in NO:
        return False
    raise ValueRefusedError(NO_YES_NO)


def read_tags(text: str) -> list[str]:
    """The names in `text`, parted by comma, semicolon, | or line, each once.

    One that holds such a sign itself stands in quotation marks.
    """
    parts = _NAMES.findall(text)
    names = (quoted.replace('""', '"') or plain for quoted, plain in parts)
    plain = (read_text(name.strip()) for name in names)
    return list(dict.fromkeys(name for name in plain if name))


def read_mail_address(text: str) -> str:
    """The address in `text`, also out of `Ann <ann@…>` and `mailto:ann@…`.

    Raises:
        ValueRefusedError: it holds none, or more than one.
    """
    if len(text) > _LONGEST_ADDRESS:
        raise ValueRefusedError(NO_MAIL_ADDRESS)
    named = _NAMED_ADDRESS.fullmatch(text)
    address = (named[1] if named else text).removeprefix("mailto:")
    if not _ADDRESS.fullmatch(address):
        raise ValueRefusedError(NO_MAIL_ADDRESS)
    return address


def make_choice_parse(choices: tuple[str, ...]) -> Parse:
    """A function that gives the choice a text means, whatever its case and accents."""
    by_name = {fold_name(choice): choice for choice in choices}

    def read_choice(text: str) -> str:
        choice = by_name.get(fold_name(text)) or by_name.get(
            fold_name(text).replace(" ", "_")
        )
        if choice is None:
            raise ValueRefusedError(NO_CHOICE, choices=", ".join(choices))
        return choice

    return read_choice


def make_choices_parse(choices: tuple[str, ...]) -> Parse:
    """A function that gives the choices a text means, one or several."""
    read_choice = make_choice_parse(choices)

    def read_choices(text: str) -> list[str]:
        names = dict.fromkeys(str(read_choice(name)) for name in read_tags(text))
        return list(names)

    return read_choices
