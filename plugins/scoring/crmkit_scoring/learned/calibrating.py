"""Calibration: the log-odds that learners tell become those that were seen.

Done on leads that were not learned from. Sigmoid (Platt) weighs the learners and moves
their sum; isotonic then bends it along steps that only rise, each step shrunk towards
the sigmoid and joined to the next by a line, so that no two leads change their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from crmkit_scoring.learned.arrays import Array, bend_many

if TYPE_CHECKING:
    from collections.abc import Sequence

Way = Literal["sigmoid", "isotonic"]
WAYS: tuple[Way, ...] = ("sigmoid", "isotonic")
_SHRINK = 20.0
_APART = 1e-6
_FEWEST = 200


@dataclass(frozen=True, slots=True)
class Calibration:
    """Factors of the learners' log-odds, a shift, and knots of a bend, if any."""

    scales: list[float]
    shift: float
    knots: tuple[tuple[float, float], ...] = ()

    def add_up(self, odds: Sequence[Array]) -> Array:
        """The log-odds of leads, from what each learner says of them."""
        told = np.zeros(len(odds[0])) + self.shift
        for scale, one in zip(self.scales, odds, strict=True):
            told += scale * one
        return bend_many(self.knots, told)

    def chances(self, odds: Sequence[Array]) -> Array:
        """The same as probabilities, 0 to 1."""
        return to_chances(self.add_up(odds))


def to_chances(odds: Array) -> Array:
    """Probabilities, 0 to 1, from log-odds."""
    found: Array = 1 / (1 + np.exp(-np.clip(odds, -40, 40)))
    return found


def logit(chance: Any) -> Any:
    """Log-odds of a probability between 0 and 1."""
    return np.log(chance / (1 - chance))


def calibrate(odds: Sequence[Array], won: Any, way: Way) -> Calibration:
    """What brings the learners' log-odds closest to what was seen."""
    if len(set(won.tolist())) == 1:
        base = float(logit(np.clip(won.mean(), 1e-3, 1 - 1e-3)))
        return Calibration([0.0] * len(odds), base)
    model = LogisticRegression(C=1e4, max_iter=1000).fit(np.stack(odds, 1), won)
    scales = [max(float(scale), 0.0) for scale in model.coef_[0]]
    plain = Calibration(scales, float(model.intercept_[0]))
    if way == "sigmoid" or len(won) < _FEWEST:
        return plain
    return Calibration(scales, plain.shift, _find_knots(plain.add_up(odds), won))


def _find_knots(told: Array, won: Any) -> tuple[tuple[float, float], ...]:
    """A knot for each step: mean log-odds of its leads, and those that were seen."""
    steps = IsotonicRegression().fit_transform(told, won)
    knots: list[tuple[float, float]] = []
    for step in np.unique(steps).tolist():
        inside = steps == step
        count, expected = inside.sum(), to_chances(told[inside]).mean()
        seen = (won[inside].sum() + _SHRINK * expected) / (count + _SHRINK)
        at, to = float(told[inside].mean()), float(logit(seen))
        if not knots or (at > knots[-1][0] + _APART and to > knots[-1][1] + _APART):
            knots.append((round(at, 6), round(to, 6)))
    return tuple(knots)


def cross_calibrate(odds: Sequence[Array], won: Any, held: Any, way: Way) -> Array:
    """Probabilities of leads by a calibration that has not seen them."""
    by_fold, by_place = held % 2, np.arange(len(won)) % 2
    halves = by_fold if len(set(by_fold.tolist())) > 1 else by_place
    found = np.zeros(len(won))
    for half in (0, 1):
        learned, out = halves != half, halves == half
        calibration = calibrate([one[learned] for one in odds], won[learned], way)
        found[out] = calibration.chances([one[out] for one in odds])
    return found
