"""Trees as scikit-learn grows them, and the tables of pairs that say the same."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from crmkit_scoring.learned.weights import Pair

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit_scoring.learned.arrays import Array

_FURTHEST = 1e300


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of parallel arrays, a place for each node; `column` is -1 at a leaf.

    A number at most `threshold` goes left, and so does nothing where `empty_left`.
    """

    column: Any
    threshold: Array
    empty_left: Any
    left: Any
    right: Any
    value: Array

    @property
    def columns(self) -> tuple[int, ...]:
        """The columns it looks at."""
        return tuple(np.unique(self.column[self.column >= 0]).tolist())

    def cuts(self, column: int) -> Array:
        """The bounds at which it parts the numbers of a column."""
        found: Array = self.threshold[self.column == column]
        return found

    def read(self, numbers: Array) -> Array:
        """What it says of many leads at once: all walk down together."""
        node = np.zeros(len(numbers), dtype=np.int64)
        every = np.arange(len(numbers))
        while (inner := self.column[node] >= 0).any():
            given = numbers[every, np.maximum(self.column[node], 0)]
            goes_left = np.where(
                np.isnan(given), self.empty_left[node], given <= self.threshold[node]
            )
            below = np.where(goes_left, self.left[node], self.right[node])
            node = np.where(inner, below, node)
        found: Array = self.value[node]
        return found


def read_tree(nodes: Any) -> Tree:
    """A tree of scikit-learn's."""
    limits = np.nan_to_num(nodes["num_threshold"], posinf=_FURTHEST, neginf=-_FURTHEST)
    return Tree(
        np.where(nodes["is_leaf"], -1, nodes["feature_idx"].astype(np.int64)),
        limits,
        nodes["missing_go_to_left"].astype(bool),
        nodes["left"].astype(np.int64),
        nodes["right"].astype(np.int64),
        nodes["value"],
    )


def tabulate(trees: Sequence[Tree], width: int) -> list[Pair]:
    """The tables that say what the trees say together, one for the same columns.

    `width` is how many columns there are.
    """
    groups: dict[tuple[int, ...], list[Tree]] = {}
    for tree in trees:
        groups.setdefault(tree.columns, []).append(tree)
    return [_sum_up(columns, group, width) for columns, group in groups.items()]


def _sum_up(columns: tuple[int, ...], trees: Sequence[Tree], width: int) -> Pair:
    cuts = [np.unique(np.concatenate([t.cuts(c) for t in trees])) for c in columns]
    # A number for each place: its upper bound, one beyond the last, and none.
    numbers = [[*own.tolist(), np.inf, np.nan] for own in cuts]
    places = np.array(list(product(*numbers)), dtype=np.float64)
    asked = np.full((len(places), width), np.nan)
    asked[:, list(columns)] = places.reshape(len(places), len(columns))
    values = sum((tree.read(asked) for tree in trees), np.zeros(len(places)))
    return Pair(columns, [own.tolist() for own in cuts], values.tolist())
