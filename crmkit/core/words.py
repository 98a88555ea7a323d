"""Words made comparable: folded text, mail addresses, telephone numbers."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

__all__ = [
    "fold",
    "normalize_email",
    "normalize_phone",
    "split_words",
]

LONGEST_WORD = 64
_LONGEST_PHONE = 64
_LONGEST_CODE = 3
_WORD = re.compile("[a-z0-9]+")
# Thai and Lao; Kana; Han: scripts that put no blanks between words.
UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]")
_HOST = re.compile(
    r"^(?:[a-z][a-z0-9+.-]*:)?(?://)?(?:www\.)?([^/?#\s]*)", re.IGNORECASE
)


def fold(text: str) -> str:
    """`text` without accents, case and outer blanks, as it is compared and sorted."""
    return _fold_short(text) if len(text) <= LONGEST_WORD else _fold(text)


def _fold(text: str) -> str:
    if text.isascii():
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(bare.split())


# Names of companies, people and stages come again and again.
_fold_short = lru_cache(maxsize=8192)(_fold)


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


def split_words(text: str) -> list[str]:
    """The folded words of `text`: letters and digits, each at most 64 characters.

    A sign that stands for a thing, as an emoji does, is a word of its own.
    """
    folded = fold(text)
    if folded.isascii():
        words = _WORD.findall(folded)
    else:
        # Folding may make a capital of a letter in fancy dress (U+210C).
        words = "".join(map(_word_part, folded.casefold())).split()
    return [word[:LONGEST_WORD] for word in words]


@lru_cache(maxsize=4096)
def _word_part(sign: str) -> str:
    """`sign` as a part of a word, a word of its own, or a blank between words."""
    if sign.isalnum():
        return sign
    kind = unicodedata.category(sign)
    if kind == "So":
        return f" {sign} "
    # Vowel signs belong to their word; what chooses between pictures does not.
    is_vowel = kind in {"Mn", "Mc"} and not "\ufe00" <= sign <= "\ufe0f"
    return sign if is_vowel else " "


def host_of(website: str | None) -> str:
    """The host in a website's address, without `www`; empty where there is none."""
    found = _HOST.match(website.strip()) if website else None
    return found[1] if found else ""


def phone_words(number: str | None, e164: str | None) -> list[str]:
    """The digits that a telephone number may be looked for by.

    Those typed, in a row and by groups, and with, without and before the country code.
    """
    digits = "".join(split_words(number)) if number else ""
    words = [number or "", digits]
    if e164:
        own = e164.removeprefix("+")
        rest = own[_code_length(own) :]
        words += [own, rest, f"0{rest}"]
    return words


def _code_length(digits: str) -> int:
    lengths = range(1, _LONGEST_CODE + 1)
    codes = COUNTRY_CODE_TO_REGION_CODE
    return next((n for n in lengths if int(digits[:n]) in codes), 0)
