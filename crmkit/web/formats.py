"""Numbers, money, days and times as one reader's language writes them."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from itertools import groupby
from typing import Protocol
from zlib import crc32

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import format_currency, format_decimal, get_currency_symbol
from babel.units import format_unit
from markupsafe import Markup, escape

FACE_TINTS = 6
SIZES = {"gigabyte": 10**9, "megabyte": 10**6, "kilobyte": 10**3}
SMALL_SIZE = 10
# A day so near needs no year, and one still nearer is known by its weekday.
DAYS_WITHOUT_YEAR = 330
DAYS_OF_A_WEEK = 7


class Dated(Protocol):
    """Whatever happened at a moment."""

    @property
    def at(self) -> datetime:
        """The moment."""
        ...


class Formats:
    """The formats of one language, in the time zone of the CRM."""

    def __init__(
        self,
        locale: Locale,
        zone: Callable[[], tzinfo],
        now: Callable[[], datetime],
    ) -> None:
        self.locale = locale
        self.zone = zone
        self.now = now

    @property
    def time_zone(self) -> tzinfo:
        """The zone of the CRM, which an admin may change while it runs."""
        return self.zone()

    def today(self) -> date:
        """Today's date in the time zone of the CRM."""
        return self.now().astimezone(self.time_zone).date()

    def money(self, amount: Decimal, currency: str) -> str:
        """An amount in its currency; a whole one without decimals: €48,500."""
        pattern = self.locale.currency_formats["standard"].pattern
        if amount == amount.to_integral_value():
            pattern = pattern.replace(".00", "")
            return format_currency(
                amount, currency, pattern, locale=self.locale, currency_digits=False
            )
        return format_currency(amount, currency, locale=self.locale)

    def currency_sign(self, currency: str) -> str:
        """The sign of a currency: €."""
        return get_currency_symbol(currency, locale=self.locale)

    def number(self, value: Decimal | int) -> str:
        """A number with the separators of the language: 1,284."""
        return format_decimal(value, locale=self.locale)

    def rate(self, value: Decimal) -> str:
        """An exchange rate, with up to ten decimals: 0.0061."""
        return format_decimal(value, format="#,##0.##########", locale=self.locale)

    def percent(self, value: Decimal) -> str:
        """A percentage given as 0 to 100: 64 %."""
        return f"{format_decimal(value, format='#,##0.##', locale=self.locale)}\u00a0%"

    def file_size(self, size: int) -> str:
        """A number of bytes in the unit one thinks in: 1.4 MB."""
        unit = next((unit for unit in SIZES if size >= SIZES[unit]), "byte")
        value = size / SIZES.get(unit, 1)
        pattern = "#,##0.#" if value < SMALL_SIZE else "#,##0"
        return format_unit(
            value, f"digital-{unit}", "short", format=pattern, locale=self.locale
        )

    def day(self, value: date) -> str:
        """A day in a row or card: 12 Feb, with its year only when far away."""
        is_near = abs((value - self.today()).days) < DAYS_WITHOUT_YEAR
        return format_date(value, "d MMM" if is_near else "d MMM y", self.locale)

    def full_day(self, value: date) -> str:
        """A day in a fact, always with its year: 20 Nov 2026."""
        return format_date(value, "d MMM y", self.locale)

    def spoken_day(self, value: date) -> str:
        """A day as a heading: Friday 20 November, with its year when another."""
        pattern = "EEEE d MMMM" if value.year == self.today().year else "EEEE d MMMM y"
        text = format_date(value, pattern, self.locale)
        return text[:1].upper() + text[1:]

    def weekday(self, value: date) -> str:
        """A day of the week as the head of a column: Fri."""
        return format_date(value, "EEE", self.locale)

    def month(self, value: date) -> str:
        """A month as a heading: November 2026."""
        text = format_date(value, "LLLL y", self.locale)
        return text[:1].upper() + text[1:]

    def near_day(self, value: date) -> str:
        """A day to come: Thu 26 within a week, else 2 Dec."""
        if 0 <= (value - self.today()).days < DAYS_OF_A_WEEK:
            return format_date(value, "EEE d", self.locale)
        return self.day(value)

    def day_of(self, value: datetime) -> date:
        """The day a moment fell on, in the time zone of the CRM."""
        return value.astimezone(self.time_zone).date()

    def time(self, value: datetime) -> str:
        """The time of day of a moment: 16:00."""
        return format_time(value, "HH:mm", tzinfo=self.time_zone, locale=self.locale)

    def moment(self, value: datetime) -> str:
        """A moment with its day: 20 Nov 2026 15:31."""
        return format_datetime(
            value, "d MMM y HH:mm", tzinfo=self.time_zone, locale=self.locale
        )

    def ago(self, value: datetime) -> str:
        """How long a moment is past: 40 seconds ago."""
        passed = max(self.now() - value, timedelta())
        return format_timedelta(
            -passed, add_direction=True, threshold=1.2, locale=self.locale
        )

    def group_by_day(self, entries: Iterable[Dated]) -> list[tuple[date, list[Dated]]]:
        """Entries under the day each fell on, in the order they came."""
        days = groupby(entries, lambda entry: self.day_of(entry.at))
        return [(day, list(group)) for day, group in days]

    def filters(self) -> dict[str, Callable[..., object]]:
        """Every format under the name a template uses for it."""
        return {
            "money": self.money,
            "currency_sign": self.currency_sign,
            "number": self.number,
            "percent": self.percent,
            "rate": self.rate,
            "file_size": self.file_size,
            "day": self.day,
            "full_day": self.full_day,
            "spoken_day": self.spoken_day,
            "near_day": self.near_day,
            "day_of": self.day_of,
            "weekday": self.weekday,
            "month": self.month,
            "time": self.time,
            "moment": self.moment,
            "ago": self.ago,
            "groupby_day": self.group_by_day,
            "paragraphs": split_paragraphs,
            "initials": take_initials,
            "tint": choose_tint,
        }


def take_initials(name: str) -> str:
    """One or two capitals that stand for a name: Camille Roux gives CR."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


def choose_tint(name: str) -> int:
    """A number from 1 to 6, always the same for the same name."""
    return crc32(name.encode()) % FACE_TINTS + 1


def split_paragraphs(text: str) -> Markup:
    """What a person wrote as paragraphs, with the line breaks they made."""
    blocks = text.strip().replace("\r\n", "\n").split("\n\n")
    lines = (Markup("<br>").join(escape(block).split("\n")) for block in blocks)
    return Markup("").join(Markup("<p>{}</p>").format(line) for line in lines)
