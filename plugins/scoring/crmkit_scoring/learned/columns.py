"""Columns: how a value of any field becomes a bin and a number."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Value = str | float | None
"""A number, a text, or nothing."""

_FEWEST = 8
_MOST_BINS = 20
_FEW_NUMBERS = 12
_MOST_TEXTS = 200
_EMPTY = frozenset({"", "select", "none", "null", "nan", "n/a"})
_SHRINK = 20.0
_MOSTLY = 0.95
_AROUND = str.maketrans("", "", " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}'€$£%")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_COMMA = re.compile(r"[+-]?\d+([.,]\d+)?")


@dataclass(frozen=True, slots=True)
class Column:
    """A column. Bin 0 is empty, the last one is whatever was seldom or never seen.

    A number's bins lie between `edges`; a text's are `values`, each with the `rank`
    by which the trees order it.
    """

    name: str
    is_number: bool
    edges: tuple[float, ...] = ()
    values: Mapping[str, int] | None = None
    ranks: tuple[float, ...] = ()

    @property
    def size(self) -> int:
        """How many bins there are."""
        return len(self.edges if self.is_number else self.ranks) + 2

    def bin(self, value: Value) -> int:
        """The bin of a value."""
        if self.is_number:
            number = as_number(value)
            return 0 if number is None else 1 + bisect_right(self.edges, number)
        text = as_text(value)
        if text is None or self.values is None:
            return 0
        return self.values.get(text, self.size - 1)

    def number(self, value: Value) -> float | None:
        """What the trees compare: the number itself, or the rank of a text."""
        if self.is_number:
            return as_number(value)
        index = self.bin(value)
        return self.ranks[index - 1] if 0 < index < self.size - 1 else None

    def as_json(self) -> dict[str, Any]:
        """The column as it is kept."""
        return {
            "name": self.name,
            "is_number": self.is_number,
            "edges": list(self.edges),
            "values": list(self.values or ()),
            "ranks": list(self.ranks),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Column:
        """The column that `as_json` gave."""
        values = {text: index + 1 for index, text in enumerate(kept["values"])}
        return cls(
            kept["name"],
            kept["is_number"],
            tuple(kept["edges"]),
            values,
            tuple(kept["ranks"]),
        )


def as_number(value: Value) -> float | None:
    """A value as a number; days of a date; None for what is none."""
    if isinstance(value, str):
        value = _read_number(value.strip())
    return value if value is not None and isfinite(value) else None


def _read_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        pass
    plain = text.translate(_AROUND)
    if _THOUSANDS.fullmatch(plain):
        return float(plain.replace(",", ""))
    if _COMMA.fullmatch(plain):
        return float(plain.replace(",", "."))
    try:
        return float(date.fromisoformat(text[:10]).toordinal())
    except ValueError:
        return None


def as_text(value: Value) -> str | None:
    """A value as a text to compare, None for what is empty."""
    if value is None:
        return None
    text = (f"{value:g}" if isinstance(value, float) else value).strip().casefold()
    return None if text in _EMPTY else text[:120]


def learn_column(
    name: str, values: Sequence[Value], won: Sequence[bool]
) -> Column | None:
    """How to read a column like this; None where it can say nothing."""
    # Each value is read once, however many leads have it.
    counts = Counter(values)
    filled = {value: n for value, n in counts.items() if as_text(value) is not None}
    numbers = {value: as_number(value) for value in filled}
    readable = sum(n for value, n in filled.items() if numbers[value] is not None)
    if filled and readable >= _MOSTLY * sum(filled.values()):
        known = sorted(
            number
            for value, number in numbers.items()
            for _ in range(filled[value])
            if number is not None
        )
        if len(set(known)) > _FEW_NUMBERS:
            return Column(name, is_number=True, edges=_edges(known))
    won_by = Counter(value for value, is_won in zip(values, won, strict=True) if is_won)
    return _learn_texts(name, counts, won_by)


def _edges(known: Sequence[float]) -> tuple[float, ...]:
    """Bounds between which about equally many numbers lie."""
    steps = range(1, _MOST_BINS)
    found = {known[len(known) * step // _MOST_BINS] for step in steps}
    return tuple(sorted(found - {known[0]}))


def _learn_texts(
    name: str, every: Counter[Value], won_by: Counter[Value]
) -> Column | None:
    counts, wins = Counter[str](), Counter[str]()
    for value, count in every.items():
        if (text := as_text(value)) is not None:
            counts[text] += count
            wins[text] += won_by[value]
    common = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST_TEXTS]
    often = [text for text, count in common if count >= _FEWEST]
    if not often or (len(often) == 1 and counts.total() == every.total()):
        return None
    base = won_by.total() / max(every.total(), 1)
    often.sort()
    ranks = tuple(
        round((wins[text] + base * _SHRINK) / (counts[text] + _SHRINK), 6)
        for text in often
    )
    kept = {text: index + 1 for index, text in enumerate(often)}
    return Column(name, is_number=False, values=kept, ranks=ranks)
