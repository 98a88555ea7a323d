"""Many leads at once, as arrays: what a learned model is made from and tells by.

numpy alone is imported, which takes a moment; scikit-learn takes seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crmkit_scoring.learned.columns import Column, Value
    from crmkit_scoring.learned.weights import Pair, Weights

_LEAST_WEIGHT = 0.01

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Table:
    """Leads as arrays: bins by column for tables, numbers for trees, and outcomes."""

    columns: list[Column]
    bins: np.ndarray[Any, np.dtype[np.int64]]
    numbers: Array
    won: np.ndarray[Any, np.dtype[np.int64]]

    def take(self, rows: Any) -> Table:
        """Some of the leads."""
        return Table(self.columns, self.bins[rows], self.numbers[rows], self.won[rows])


def make_table(
    columns: list[Column], values: Mapping[str, Sequence[Value]], won: Sequence[bool]
) -> Table:
    """Values by name, a list for each, as arrays."""
    bins = np.zeros((len(won), len(columns)), dtype=np.int64)
    numbers = np.zeros((len(won), len(columns)), dtype=np.float64)
    for index, column in enumerate(columns):
        given = values[column.name]
        # Each value is read once, however many leads have it.
        read = {
            value: (column.bin(value), column.number(value)) for value in set(given)
        }
        bins[:, index] = [read[value][0] for value in given]
        numbers[:, index] = [read[value][1] for value in given]
    return Table(columns, bins, numbers, np.array(won, dtype=np.int64))


def turn(
    names: Iterable[str], rows: Sequence[Mapping[str, Value]]
) -> dict[str, list[Value]]:
    """Rows of values as a list for each name."""
    return {name: [row.get(name) for row in rows] for name in names}


def tell_rows(weights: Weights, rows: Sequence[Mapping[str, Value]]) -> list[float]:
    """The probability of each row, 0 to 1, as `Weights.chance` tells it of one."""
    values = turn((column.name for column in weights.columns), rows)
    return tell_many(weights, values, len(rows))


def tell_many(
    weights: Weights, values: Mapping[str, Sequence[Value]], count: int
) -> list[float]:
    """The same of so many leads whose values are lists by the names of the columns."""
    table = make_table(list(weights.columns), values, [False] * count)
    odds = weights.bias + look_up([np.array(t) for t in weights.tables], table.bins)
    odds += read_pairs(weights.pairs, table.numbers)
    odds = bend_many(weights.knots, odds)
    found: list[float] = (1 / (1 + np.exp(-np.clip(odds, -40, 40)))).tolist()
    return found


def bend_many(knots: Sequence[tuple[float, float]], odds: Array) -> Array:
    """Log-odds as `Weights.bend` bends them."""
    if not knots:
        return odds
    at, to = (np.array(one) for one in zip(*knots, strict=True))
    beyond = np.minimum(odds - at[0], 0) + np.maximum(odds - at[-1], 0)
    found: Array = np.interp(odds, at, to) + beyond
    return found


def weigh_columns(weights: Weights, table: Table) -> dict[str, float]:
    """How much each column adds or takes on average, as a share of all in percent."""
    columns = list(weights.columns)
    found = np.array(
        [
            np.abs(np.array(said)[table.bins[:, index]]).mean()
            for index, said in enumerate(weights.tables)
        ]
    )
    for pair in weights.pairs:
        told = read_pairs([pair], table.numbers)
        apart = np.abs(told - told.mean()).mean()
        found[list(pair.columns)] += apart / max(len(pair.columns), 1)
    order = np.argsort(-found)
    whole = float(found.sum()) or 1.0
    return {
        columns[at].name: round(100 * float(found[at]) / whole, 1)
        for at in order.tolist()
        if found[at] / whole >= _LEAST_WEIGHT
    }


def read_pairs(pairs: Sequence[Pair], numbers: Array) -> Array:
    """The sum of what pairs say of many leads."""
    bounds: dict[int, list[Sequence[float]]] = {}
    for pair in pairs:
        for column, cuts in zip(pair.columns, pair.cuts, strict=True):
            bounds.setdefault(column, []).append(cuts)
    # Among all bounds of a column each number is looked for once.
    every = {column: np.unique(np.concatenate(own)) for column, own in bounds.items()}
    places = {
        column: np.where(
            np.isnan(given := numbers[:, column]),
            len(cuts) + 1,
            np.searchsorted(cuts, given, side="left"),
        )
        for column, cuts in every.items()
    }
    found = np.zeros(len(numbers))
    for pair in pairs:
        place = np.zeros(len(numbers), dtype=np.int64)
        for column, cuts in zip(pair.columns, pair.cuts, strict=True):
            ends = np.array([*every[column], np.inf])
            own = np.append(np.searchsorted(cuts, ends, side="left"), len(cuts) + 1)
            place = place * (len(cuts) + 2) + own[places[column]]
        found += np.array(pair.values)[place]
    return found


def look_up(tables: list[Array], bins: Any) -> Array:
    """The sum of what each column's table says of each lead."""
    found = np.zeros(len(bins))
    for index, table in enumerate(tables):
        found += table[bins[:, index]]
    return found
