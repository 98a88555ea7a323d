"""Many leads at once, as arrays: what a learned model is made from and tells by.

numpy alone is imported, which takes a moment; scikit-learn takes seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmkit_scoring.learned.columns import Column, Value
    from crmkit_scoring.learned.weights import Tree, Weights

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
    columns: list[Column], rows: Sequence[Mapping[str, Value]], won: Sequence[bool]
) -> Table:
    """Rows of values as arrays."""
    bins = np.zeros((len(rows), len(columns)), dtype=np.int64)
    numbers = np.zeros((len(rows), len(columns)), dtype=np.float64)
    for index, column in enumerate(columns):
        values = [row.get(column.name) for row in rows]
        # Each value is read once, however many leads have it.
        read = {
            value: (column.bin(value), column.number(value)) for value in set(values)
        }
        bins[:, index] = [read[value][0] for value in values]
        numbers[:, index] = [read[value][1] for value in values]
    return Table(columns, bins, numbers, np.array(won, dtype=np.int64))


def tell_many(weights: Weights, rows: Sequence[Mapping[str, Value]]) -> list[float]:
    """The probability of each row, 0 to 1, as `Weights.chance` tells it of one."""
    columns = list(weights.columns)
    table = make_table(columns, rows, [False] * len(rows))
    odds = weights.bias + look_up([np.array(t) for t in weights.tables], table.bins)
    for tree in weights.trees:
        odds += _read_many(tree, table.numbers)
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
    for tree in weights.trees:
        told = _read_many(tree, table.numbers)
        apart = np.abs(told - told.mean()).mean()
        found[list(tree.columns)] += apart / max(len(tree.columns), 1)
    order = np.argsort(-found)
    whole = float(found.sum()) or 1.0
    return {
        columns[at].name: round(100 * float(found[at]) / whole, 1)
        for at in order.tolist()
        if found[at] / whole >= _LEAST_WEIGHT
    }


def _read_many(tree: Tree, numbers: Array) -> Array:
    """What a tree says of many leads at once: all walk down together."""
    column = np.array(tree.column)
    threshold, empty_left = np.array(tree.threshold), np.array(tree.empty_left)
    left, right = np.array(tree.left), np.array(tree.right)
    node = np.zeros(len(numbers), dtype=np.int64)
    every = np.arange(len(numbers))
    while (inner := column[node] >= 0).any():
        given = numbers[every, np.maximum(column[node], 0)]
        goes_left = np.where(
            np.isnan(given), empty_left[node], given <= threshold[node]
        )
        node = np.where(inner, np.where(goes_left, left[node], right[node]), node)
    found: Array = np.array(tree.value)[node]
    return found


def look_up(tables: list[Array], bins: Any) -> Array:
    """The sum of what each column's table says of each lead."""
    found = np.zeros(len(bins))
    for index, table in enumerate(tables):
        found += table[bins[:, index]]
    return found
