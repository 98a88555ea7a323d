"""A learned model as numbers: what each value adds to the log-odds. Plain Python.

The sum of a table (a weight for each bin of each column) and of small trees, each of
which looks at two columns at most, so that what a column adds is always known.
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
class Tree:
    """A tree: parallel lists of nodes. `column` is -1 at a leaf, which has a `value`.

    A number at most `threshold` goes left, and so does nothing where `empty_left`.
    """

    column: Sequence[int]
    threshold: Sequence[float]
    empty_left: Sequence[bool]
    left: Sequence[int]
    right: Sequence[int]
    value: Sequence[float]
    columns: tuple[int, ...]

    def read(self, numbers: Sequence[float | None]) -> float:
        """What the tree says of a lead with these numbers by column."""
        node = 0
        while (column := self.column[node]) >= 0:
            number = numbers[column]
            goes_left = (
                self.empty_left[node]
                if number is None
                else number <= self.threshold[node]
            )
            node = self.left[node] if goes_left else self.right[node]
        return self.value[node]


@dataclass(frozen=True, slots=True)
class Weights:
    """A whole model: log-odds are `bias`, plus tables, plus trees, then bent.

    `knots` are pairs of log-odds, before and after; between two a line leads from one
    to the other, beyond the last ones all move alike.
    """

    columns: Sequence[Column]
    bias: float
    tables: Sequence[Sequence[float]]
    trees: Sequence[Tree] = ()
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
        if self.trees:
            numbers = [
                column.number(value)
                for column, value in zip(self.columns, given, strict=True)
            ]
            for tree in self.trees:
                said = tree.read(numbers) / len(tree.columns)
                for index in tree.columns:
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
            "trees": [
                {name: list(getattr(tree, name)) for name in Tree.__slots__}
                for tree in self.trees
            ],
        }
        packed = zlib.compress(orjson.dumps(kept), 9)
        return packed, sha256(packed).hexdigest()


class BrokenModelError(ValueError):
    """What is stored is not the model that was stored."""


def load_weights(packed: bytes, digest: str) -> Weights:
    """The model that `dump` gave; raises BrokenModelError where it was altered."""
    if sha256(packed).hexdigest() != digest:
        raise BrokenModelError
    unpacking = zlib.decompressobj()
    kept: dict[str, Any] = orjson.loads(unpacking.decompress(packed, _LARGEST))
    return Weights(
        [Column.from_json(column) for column in kept["columns"]],
        kept["bias"],
        kept["tables"],
        [Tree(**{**tree, "columns": tuple(tree["columns"])}) for tree in kept["trees"]],
        kept["base"],
        [(at, to) for at, to in kept.get("knots", ())],
        digest,
    )
