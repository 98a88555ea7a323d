"""Countries, languages and currencies by code or by name."""

from __future__ import annotations

import re
from functools import cache

from babel import Locale

from crmkit_data_exchange.names import fold_name
from crmkit_data_exchange.problems import (
    NO_COUNTRY,
    NO_CURRENCY,
    NO_LANGUAGE,
    ValueRefusedError,
)

_WRITTEN_IN = ("en", "fr", "de", "es", "it")
_COUNTRY = re.compile(r"[A-Z]{2}")
_LANGUAGE = re.compile(r"[a-z]{2}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_OTHER_NAMES = {
    "usa": "US",
    "u.s.a.": "US",
    "u.s.": "US",
    "united states of america": "US",
    "etats unis": "US",
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "holland": "NL",
    "korea": "KR",
}
_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "₹": "INR"}


def read_country(text: str) -> str:
    """The two letters of the country that `text` names or is.

    Raises:
        ValueRefusedError: no country is called so in five languages.
    """
    code = _list_countries().get(fold_name(text))
    if code is None:
        raise ValueRefusedError(NO_COUNTRY)
    return code


def read_language(text: str) -> str:
    """The two letters of the language that `text` names or is; `fr_CA` is `fr`.

    Raises:
        ValueRefusedError: no language is called so in five languages.
    """
    name = fold_name(text)
    known = _list_languages()
    code = known.get(name) or known.get(re.split(r"[-_]", name)[0])
    if code is None:
        raise ValueRefusedError(NO_LANGUAGE)
    return code


def read_currency(text: str) -> str:
    """The three letters of a currency, from these or from its sign.

    Raises:
        ValueRefusedError: there is no such currency.
    """
    code = _SIGNS.get(text, text.upper())
    if not _CURRENCY.fullmatch(code) or code not in Locale("en").currencies:
        raise ValueRefusedError(NO_CURRENCY)
    return code


@cache
def _list_countries() -> dict[str, str]:
    known = _list_names("territories", _COUNTRY)
    codes = {code.lower(): code for code in known.values()}
    return _OTHER_NAMES | known | codes | {"uk": "GB"}


@cache
def _list_languages() -> dict[str, str]:
    known = _list_names("languages", _LANGUAGE)
    return known | {code: code for code in known.values()}


def _list_names(kind: str, code_form: re.Pattern[str]) -> dict[str, str]:
    """The codes of this form by their folded name in each language, the first first."""
    known: dict[str, str] = {}
    for language in _WRITTEN_IN:
        for code, name in getattr(Locale(language), kind).items():
            if code_form.fullmatch(code):
                known.setdefault(fold_name(name), code)
    return known
