"""Dates and moments as people and programs write them."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime

from crmkit_data_exchange.mapping import DateOrder
from crmkit_data_exchange.problems import NO_DATE, ValueRefusedError

_MONTHS = (
    "jan januar january janv janvier ene enero jaenner gennaio",
    "feb februar february fev fevr fevrier febrero febbraio",
    "mar maerz marz march mars marzo mrz",
    "apr april avr avril abr abril aprile",
    "may mai mayo maggio",
    "jun juni june juin junio giugno",
    "jul juli july juil juillet julio luglio",
    "aug august aout ago agosto",
    "sep sept september septembre septiembre settembre",
    "oct okt october oktober octobre octubre ottobre",
    "nov november novembre noviembre",
    "dec dez december dezember decembre dic diciembre dicembre",
)
_MONTH_NUMBERS = {
    name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()
}
_LONGEST = 64
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?!\d)")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/. ])\s?(\d{1,2})\2\s?(\d{4}|\d\d)(?!\d)")
_WEEKDAY = r"(?:[^\W\d_]{2,10}[.,]?\s+)?"
_DAY_MONTH = re.compile(
    _WEEKDAY + r"(\d{1,2})(?:st|nd|rd|th|er|\.)?[-\s]+(?:of\s+|de\s+)?"
    r"([^\W\d_]{3,12})\.?,?[-\s]+(?:de\s+)?(\d{4}|\d\d)(?!\d)",
    re.IGNORECASE,
)
_MONTH_DAY = re.compile(
    _WEEKDAY
    + r"([^\W\d_]{3,12})\.?[-\s]+(\d{1,2})(?:st|nd|rd|th)?,?[-\s]+(\d{4})(?!\d)",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"[T,\s]*(?:at |à )?(\d{1,2})[:h](\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?"
    r"\s*(am|pm|a\.m\.|p\.m\.)?\s*(Z|UTC|GMT|[-+]\d\d:?\d\d|[-+]\d\d)?",
    re.IGNORECASE,
)
_CENTURY_TURN = 69
_FULL_YEAR = 4
_NOON = 12


def read_date(text: str, order: DateOrder) -> date:
    """The day that `text` means; a time behind it is left out, the day is kept.

    Raises:
        ValueRefusedError: it means none.
    """
    day, end = _read_day(text, order)
    rest = text[end:].strip()
    if rest and not _TIME.fullmatch(rest):
        raise ValueRefusedError(NO_DATE)
    return day


def read_moment(text: str, order: DateOrder) -> datetime:
    """The moment that `text` means, in UTC; without a zone it is taken as UTC.

    Raises:
        ValueRefusedError: it means none.
    """
    day, end = _read_day(text, order)
    rest = text[end:].strip()
    if not rest:
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    time = _TIME.fullmatch(rest)
    if not time:
        raise ValueRefusedError(NO_DATE)
    hour = _read_hour(int(time[1]), time[4])
    clock = f"{hour:02}:{time[2]}:{time[3] or '00'}{_read_zone(time[5])}"
    try:
        return datetime.fromisoformat(f"{day.isoformat()}T{clock}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueRefusedError(NO_DATE) from None


def find_date_order(texts: list[str]) -> DateOrder:
    """The order that the dates in `texts` are written in; day first if either fits."""
    found = [match for text in texts if (match := _YEAR_LAST.match(text[:_LONGEST]))]
    months_first = sum(int(match[3]) > _NOON for match in found)
    days_first = sum(int(match[1]) > _NOON for match in found)
    return DateOrder.MONTH_FIRST if months_first > days_first else DateOrder.DAY_FIRST


def _read_day(text: str, order: DateOrder) -> tuple[date, int]:
    """The day at the beginning of `text`, and where it ends."""
    if len(text) > _LONGEST:
        raise ValueRefusedError(NO_DATE)
    try:
        found = _read_numbers(text, order) or _read_names(text)
    except ValueError:
        raise ValueRefusedError(NO_DATE) from None
    if not found:
        raise ValueRefusedError(NO_DATE)
    return found


def _read_numbers(text: str, order: DateOrder) -> tuple[date, int] | None:
    if match := _YEAR_FIRST.match(text):
        return date(int(match[1]), int(match[3]), int(match[4])), match.end()
    if match := _COMPACT.match(text):
        return date(int(match[1]), int(match[2]), int(match[3])), match.end()
    if match := _YEAR_LAST.match(text):
        first, second, year = int(match[1]), int(match[3]), _read_year(match[4])
        if order is DateOrder.MONTH_FIRST:
            first, second = second, first
        return date(year, second, first), match.end()
    return None


def _read_names(text: str) -> tuple[date, int] | None:
    if match := _DAY_MONTH.match(text):
        return date(
            _read_year(match[3]), _read_month(match[2]), int(match[1])
        ), match.end()
    if match := _MONTH_DAY.match(text):
        return date(int(match[3]), _read_month(match[1]), int(match[2])), match.end()
    return None


def _read_year(text: str) -> int:
    year = int(text)
    if len(text) == _FULL_YEAR:
        return year
    return year + (2000 if year < _CENTURY_TURN else 1900)


def _read_month(name: str) -> int:
    plain = unicodedata.normalize("NFKD", name.casefold().replace("ä", "ae"))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    if bare not in _MONTH_NUMBERS:
        raise ValueRefusedError(NO_DATE)
    return _MONTH_NUMBERS[bare]


def _read_hour(hour: int, half: str | None) -> int:
    if not half:
        return hour
    return hour % _NOON + (_NOON if half.lower().startswith("p") else 0)


def _read_zone(zone: str | None) -> str:
    if not zone or not zone[-1].isdigit():
        return "+00:00"
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return f"{zone[0]}{digits[:2]}:{digits[2:]}"
