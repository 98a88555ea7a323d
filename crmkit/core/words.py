"""Words made comparable: folded text, mail addresses, telephone numbers."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

__all__ = [
    "fold",
    "normalize_email",
    "normalize_phone",
]

_LONGEST_PHONE = 64


def fold(text: str) -> str:
    """`text` without accents, case and outer blanks, as it is compared and sorted."""
    if text.isascii():
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(bare.split())


@lru_cache(maxsize=4096)
def normalize_email(address: str | None) -> str | None:
    """`address` in the form in which two spellings are equal, or None if it is none."""
    if not address:
        return None
    try:
        checked = validate_email(
            address.strip(), check_deliverability=False, test_environment=True
        )
    except EmailNotValidError:
        return None
    return checked.normalized.lower()


@lru_cache(maxsize=4096)
def normalize_phone(number: str | None, country: str) -> str | None:
    """`number` as E.164 (`+33…`), read as one of `country`, or None if it is none."""
    if not number or len(number) > _LONGEST_PHONE:
        return None
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
