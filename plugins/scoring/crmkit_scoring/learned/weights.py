"""A learned model as numbers: what each value adds to the log-odds. Plain Python.

The sum of a table for each column (a weight for each bin) and of tables of two columns
at most, so that what a column adds is always known.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson

from crmkit_scoring.frequency import Estimate, clamp, to_percent
from crmkit_scoring.learned.columns import Column, Value, as_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LARGEST = 16_000_000
_NEARLY = 1e-9


@dataclass(frozen=True, slots=True)
class Pair:
    """What the numbers of two columns, or of one, say together: a table of places.

    `cuts` are bounds for each column; a number at most a bound is before it, and what
    is empty comes last. `values` are row by row, those of the last column together.
    """

    columns: tuple[int, ...]
    cuts: Sequence[Sequence[float]]
    values: Sequence[float]

    def read(self, numbers: Sequence[float | None]) -> float:
        """What it says of a lead with these numbers by column."""
        place = 0
        for column, cuts in zip(self.columns, self.cuts, strict=True):
            number, empty = numbers[column], len(cuts) + 1
            own = empty if number is None else bisect_left(cuts, number)
            place = place * (empty + 1) + own
        return self.values[place]


@dataclass(frozen=True, slots=True)
class Weights:
    """A whole model: log-odds are `bias`, plus tables, plus pairs, then bent.

    `knots` are pairs of log-odds, before and after; between two a line leads from one
    to the other, beyond the last ones all move alike.
    """

    columns: Sequence[Column]
    bias: float
    tables: Sequence[Sequence[float]]
    pairs: Sequence[Pair] = ()
    base: float = 0.0
    knots: Sequence[tuple[float, float]] = ()
    digest: str = field(default="", compare=False)

    def bend(self, odds: float) -> float:
        """Log-odds as calibration bends them."""
        if not self.knots:
            return odds
        index = bisect_left(self.knots, (odds,))
        if index in {0, len(self.knots)}:
            at, to = self.knots[min(index, len(self.knots) - 1)]
            return to + odds - at
        (low, from_), (high, to) = self.knots[index - 1 : index + 1]
        return from_ + (odds - low) * (to - from_) / (high - low)

    def add_up(self, values: Mapping[str, Value]) -> tuple[float, list[float]]:
        """The log-odds of a lead before they are bent, and what each column adds."""
        given = [values.get(column.name) for column in self.columns]
        parts = [
            table[column.bin(value)]
            for column, table, value in zip(
                self.columns, self.tables, given, strict=True
            )
        ]
        if self.pairs:
            numbers = [
                column.number(value)
                for column, value in zip(self.columns, given, strict=True)
            ]
            for pair in self.pairs:
                said = pair.read(numbers) / len(pair.columns)
                for index in pair.columns:
                    parts[index] += said
        return self.bias + sum(parts), parts

    def chance(self, values: Mapping[str, Value]) -> float:
        """The probability of a lead, 0 to 1."""
        return to_percent(self.bend(self.add_up(values)[0])) / 100

    def estimate(self, values: Mapping[str, Value]) -> Estimate:
        """The probability of a lead and its parts, which together lead to it."""
        straight, parts = self.add_up(values)
        # What the model knows of no lead in particular belongs to the base.
        whole = sum(parts)
        odds, start = self.bend(straight), self.bend(straight - whole)
        scale = (odds - start) / whole if abs(whole) > _NEARLY else 1.0
        named = [
            (column.name, as_text(values.get(column.name)) or "", scale * part)
            for column, part in zip(self.columns, parts, strict=True)
        ]
        return Estimate(clamp(to_percent(odds)), to_percent(start), tuple(named))

    def dump(self) -> tuple[bytes, str]:
        """The model as compressed JSON, and its SHA-256 (hex)."""
        kept = {
            "columns": [column.as_json() for column in self.columns],
            "bias": self.bias,
            "base": self.base,
            "knots": [list(knot) for knot in self.knots],
            "tables": [list(table) for table in self.tables],
            "pairs": [
                [list(pair.columns), [list(own) for own in pair.cuts], [*pair.values]]
                for pair in self.pairs
            ],
        }
        packed = zlib.compress(orjson.dumps(kept), 9)
        return packed, sha256(packed).hexdigest()


class BrokenModelError(ValueError):
    """What is stored is not the model that was stored."""


def load_weights(packed: bytes, digest: str) -> Weights | None:
    """The model that `dump` gave; raises BrokenModelError where it was altered.

    None for one that an earlier version kept in another form.
    """
    if sha256(packed).hexdigest() != digest:
        raise BrokenModelError
    unpacking = zlib.decompressobj()
    kept: dict[str, Any] = orjson.loads(unpacking.decompress(packed, _LARGEST))
    if "pairs" not in kept:
        return None
    return Weights(
        [Column.from_json(column) for column in kept["columns"]],
        kept["bias"],
        kept["tables"],
        [Pair(tuple(columns), cuts, values) for columns, cuts, values in kept["pairs"]],
        kept["base"],
        [(at, to) for at, to in kept.get("knots", ())],
        digest,
    )
