"""Guessing the encoding of text that is not Unicode, by the words it would make.

Detectors made for prose err on tables: names are few and short. Here each candidate
reads the lines that hold other bytes than ASCII, and each word votes: letters of one
script, upper case only where words have it, letters that a language has.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice

Score = Callable[[str], float]

_LINES = 2000
_OTHER_LINES = re.compile(rb"[^\r\n]*[\x80-\xff][^\r\n]*")
_WORD = re.compile(r"[^\W\d_]+")
_QUOTES_AND_DASHES = "\u2018\u2019\u201a\u201c\u201d\u201e\u2013\u2014\u2026\u00b4·»"
_STRAY = re.compile(rf"[^\x00-\x7f\w\s{_QUOTES_AND_DASHES}€£¥©®™°«§•º¿¡²³½¼¾№ª]")
_INNER_SYMBOL = re.compile(rf"[^\W\d_][^\x00-\x7f\w\s{_QUOTES_AND_DASHES}]+[^\W\d_]")
_WESTERN = (
    "àâæçéèêëîïôœùûü",
    "äöüß",
    "áéíóúüñ",
    "áâãàçéêíóôõúü",
    "àèéìíòóùú",
    "åäöæøéü",
    "àáâãäåæçèéêëìíîïñòóôõöøùúûüßœž",
)
_CENTRAL = (
    "ąćęłńóśźż",
    "áčďéěíňóřšťúůýž",
    "áäčďéíĺľňóôŕšťúýž",
    "áéíóöőúüű",
    "čćđšž",
    "ăâîșțşţ",
    "ąćęłńóśźżáčďéěíňřšťúůýžäöüßőűđôľ",
)
_TURKISH = ("çğ\u0131öşüiâî",)
_RUSSIAN = frozenset("оеаинтсрвлкмдпуябгьзчйы")
_GREEK = frozenset("αοιετσνηυρπκμλςωγάέήίόώ")
_HARDLY_ASCII = 0.67
_LONG = 3


def guess_legacy_encoding(data: bytes) -> str:
    """The codec that makes the likeliest words of `data`; Latin-1 if none reads it."""
    lines = [match[0] for match in islice(_OTHER_LINES.finditer(data), _LINES)]
    best, best_score = "iso8859-1", float("-inf")
    for encoding, score in _CANDIDATES:
        votes = _score_lines(lines, encoding, score)
        if votes is not None and votes > best_score and _can_decode(data, encoding):
            best, best_score = encoding, votes
    return best


def _can_decode(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _score_lines(lines: list[bytes], encoding: str, score: Score) -> float | None:
    try:
        return score(b"\n".join(lines).decode(encoding))
    except UnicodeDecodeError:
        return None


def _other_words(text: str) -> list[str]:
    """The words that tell something: a single letter may be any."""
    words = _WORD.findall(text)
    return [word for word in words if len(word) > 1 and not word.isascii()]


def _count_strays(text: str) -> int:
    return len(_STRAY.findall(text)) + 2 * len(_INNER_SYMBOL.findall(text))


def _has_word_case(word: str) -> bool:
    return word.islower() or word.isupper() or word[1:].islower() or _is_double(word)


def _is_double(word: str) -> bool:
    """Whether it is a name like McAndré: a capital once more after a few letters."""
    capitals = sum(letter.isupper() for letter in word)
    return word[:1].isupper() and capitals <= len(word) // 3


def _score_latin(*languages: str) -> Score:
    """Words whose letters beyond ASCII one language has; all languages count 0.8."""

    def score(text: str) -> float:
        words = _other_words(text)
        shares = [1.0] * (len(languages) - 1) + [0.8 if len(languages) > 1 else 1.0]
        totals = [
            share * sum(_rate_latin(word, frozenset(language)) for word in words)
            for share, language in zip(shares, languages, strict=True)
        ]
        return max(totals) - _count_strays(text)

    return score


def _rate_latin(word: str, letters: frozenset[str]) -> float:
    others = [letter for letter in word if not letter.isascii()]
    if len(word) >= _LONG and len(others) > len(word) * _HARDLY_ASCII:
        return -1
    if not _has_word_case(word):
        return -1
    return 1 if all(letter.lower() in letters for letter in others) else -0.5


def _score_alphabet(common: frozenset[str], first: str, last: str) -> Score:
    """Words of one alphabet only, the better the more of its common letters."""

    def rate(word: str) -> float:
        pure = all(first <= letter <= last for letter in word)
        if not pure or not _has_word_case(word):
            return -1
        share = sum(letter in common for letter in word.lower()) / len(word)
        return 1.6 * share - 0.5

    def score(text: str) -> float:
        return sum(map(rate, _other_words(text))) - _count_strays(text)

    return score


def _score_ideographs(encoding: str, leads: range, script: tuple[str, str]) -> Score:
    """Characters of the first, common level of a code, and of its own script."""
    first, last = script

    def rate(letter: str) -> float:
        if first <= letter <= last:
            return 0.6
        code = letter.encode(encoding, "ignore")
        return 0.5 if code[:1] and code[0] in leads else -0.3

    def score(text: str) -> float:
        total = 0.0
        for word in _other_words(text):
            mixed = any(letter.isascii() for letter in word)
            total += -1 if mixed else sum(map(rate, word))
        return total - _count_strays(text)

    return score


# The first of equals wins: what most files are written in comes first.
_CANDIDATES: tuple[tuple[str, Score], ...] = (
    ("cp1252", _score_latin(*_WESTERN)),
    ("iso8859-15", _score_latin(*_WESTERN)),
    ("cp1250", _score_latin(*_CENTRAL)),
    ("iso8859-2", _score_latin(*_CENTRAL)),
    ("cp1254", _score_latin(*_TURKISH)),
    ("mac-roman", _score_latin(*_WESTERN)),
    ("cp850", _score_latin(*_WESTERN)),
    ("cp1251", _score_alphabet(_RUSSIAN, "\u0400", "\u04ff")),
    ("koi8-r", _score_alphabet(_RUSSIAN, "\u0400", "\u04ff")),
    ("cp1253", _score_alphabet(_GREEK, "\u0370", "\u03ff")),
    ("iso8859-7", _score_alphabet(_GREEK, "\u0370", "\u03ff")),
    ("cp932", _score_ideographs("cp932", range(0x88, 0x98), ("\u3041", "\u30fc"))),
    ("euc_kr", _score_ideographs("euc_kr", range(0), ("\uac00", "\ud7a3"))),
    ("euc_jp", _score_ideographs("euc_jp", range(0xB0, 0xD0), ("\u3041", "\u30fc"))),
    ("gb18030", _score_ideographs("gb18030", range(0xB0, 0xD8), ("\0", "\0"))),
    ("big5", _score_ideographs("big5", range(0xA4, 0xC7), ("\0", "\0"))),
)
