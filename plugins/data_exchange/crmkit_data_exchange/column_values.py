"""What stands in the columns of a file: samples, and the kinds they are of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from crmkit_data_exchange.codes_in_text import (
    read_country,
    read_currency,
    read_language,
)
from crmkit_data_exchange.dates_in_text import read_date
from crmkit_data_exchange.mapping import DateOrder
from crmkit_data_exchange.numbers_in_text import read_number, read_percent
from crmkit_data_exchange.problems import ValueRefusedError
from crmkit_data_exchange.typed_values import read_mail_address, read_yes_no

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from crmkit_data_exchange.csv_tables import Row
    from crmkit_data_exchange.fields import FieldDescription

_ENOUGH = 0.5
_MOST = 0.8
_CHECKED = 200
_PHONE = re.compile(r"\+?[\d\s().\-/x]{7,25}")
_PHONE_MARK = re.compile(r"^\+|\d[)\s\-/]+\d|\d\.\d+\.\d")
_FEWEST_DIGITS = 7
_LINK = re.compile(r"(https?://|www\.)\S+|[\w-]+(\.[\w-]+)+(/\S*)?", re.IGNORECASE)


@dataclass(frozen=True)
class ColumnSample:
    """The first values of a column that are not blank, in the order of the rows."""

    header: str
    values: tuple[str, ...]
    row_count: int

    @cached_property
    def distinct(self) -> tuple[str, ...]:
        """Each value once."""
        return tuple(dict.fromkeys(self.values))

    @property
    def is_identifier(self) -> bool:
        """Whether every row of the sample holds a value of its own."""
        return len(set(self.values)) == self.row_count > 1

    @cached_property
    def kind(self) -> str:
        """What most values look like: `mail`, `date`, `phone` or `text`."""
        for kind, check in _KINDS.items():
            if self._share(check) >= _MOST:
                return kind
        return "text"

    def fits(self, field: FieldDescription) -> bool:
        """Whether at least half of the values can be what `field` takes."""
        check = _CHECKS.get(str(field.type))
        return check is None or not self.values or self._share(check) >= _ENOUGH

    def _share(self, check: Callable[[str], bool]) -> float:
        values = self.distinct[:_CHECKED]
        return sum(map(check, values)) / len(values) if values else 0.0


def sample_columns(columns: Sequence[str], rows: Iterable[Row]) -> list[ColumnSample]:
    """The columns with what stands in these rows."""
    values: list[list[str]] = [[] for _ in columns]
    count = 0
    for row in rows:
        count += 1
        for listed, cell in zip(values, row.cells, strict=True):
            if text := cell.strip():
                listed.append(text)
    return [
        ColumnSample(header, tuple(listed), count)
        for header, listed in zip(columns, values, strict=True)
    ]


def _accepts(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            parse(text)
        except ValueRefusedError:
            return False
        return True

    return check


def _accepts_any(*parses: Callable[[str], object]) -> Callable[[str], bool]:
    checks = [_accepts(parse) for parse in parses]
    return lambda text: any(check(text) for check in checks)


def _is_phone(text: str) -> bool:
    digits = sum(map(str.isdigit, text))
    return (
        digits >= _FEWEST_DIGITS
        and _PHONE.fullmatch(text) is not None
        and _PHONE_MARK.search(text) is not None
    )


def _can_be_phone(text: str) -> bool:
    return sum(map(str.isdigit, text)) >= _FEWEST_DIGITS - 2


_is_date = _accepts_any(
    lambda text: read_date(text, DateOrder.DAY_FIRST),
    lambda text: read_date(text, DateOrder.MONTH_FIRST),
)
_is_number = _accepts_any(
    lambda text: read_number(text, "."), lambda text: read_number(text, ",")
)
_KINDS: dict[str, Callable[[str], bool]] = {
    "mail": _accepts(read_mail_address),
    "date": _is_date,
    "phone": _is_phone,
}
_CHECKS: dict[str, Callable[[str], bool]] = {
    "mail": _accepts(read_mail_address),
    "date": _is_date,
    "moment": _is_date,
    "phone": _can_be_phone,
    "whole": _is_number,
    "decimal": _is_number,
    "money": _is_number,
    "percent": _accepts(lambda text: read_percent(text, ".")),
    "country": _accepts(read_country),
    "language": _accepts(read_language),
    "currency": _accepts(read_currency),
    "yes_no": _accepts(read_yes_no),
    "link": lambda text: _LINK.fullmatch(text) is not None,
}
