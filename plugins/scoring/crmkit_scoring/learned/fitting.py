"""Learning: candidates by scikit-learn, tried on leads they have not seen.

Imported by jobs and commands only, never by a web process: scikit-learn takes seconds
to load and is an extra (`crmkit-scoring[learned]`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import CategoricalNB
from threadpoolctl import threadpool_limits

from crmkit_scoring.learned.arrays import (
    Array,
    Table,
    look_up,
    make_table,
    turn,
    weigh_columns,
)
from crmkit_scoring.learned.calibrating import (
    WAYS,
    Calibration,
    Way,
    calibrate,
    cross_calibrate,
    logit,
)
from crmkit_scoring.learned.columns import Column, Value, learn_column
from crmkit_scoring.learned.trees import read_tree, tabulate
from crmkit_scoring.learned.weights import Pair, Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

FOLDS = 5
_EASY = 1e-6
_NOTABLE = 0.0005
_ENOUGH_TO_STOP = 25
_SEED = 20260101


@dataclass(frozen=True, slots=True)
class Part:
    """One fitted learner: its weights, and its log-odds of any leads."""

    bias: float
    tables: list[Array]
    pairs: list[Pair]
    odds: Callable[[Table], Array]


@dataclass(frozen=True, slots=True)
class Fitted:
    """The best model, and the log-loss of each candidate on leads it had not seen.

    `shares` tells how much each column weighs, in percent of all reasons.
    """

    kind: str
    calibration: str
    weights: Weights
    losses: Mapping[str, float]
    chances: Array
    shares: Mapping[str, float]


def learn_columns(
    values: Mapping[str, Sequence[Value]], won: Sequence[bool]
) -> list[Column]:
    """The columns that can say something, from a list of values for each."""
    found = (learn_column(name, given, won) for name, given in values.items())
    return [column for column in found if column is not None]


def fit(
    names: Sequence[str],
    rows: Sequence[Mapping[str, Value]],
    won: Sequence[bool],
    folds: Sequence[int],
) -> Fitted:
    """The candidate that foretells unseen leads best, fitted to all of them.

    `folds` tells for each row in which fold it is tried; -1 is never tried, only
    learned from. Every candidate is calibrated, by sigmoid or
    isotonic, on what it had not seen.
    """
    # One thread: several would wait for each other wherever others work too.
    with threadpool_limits(limits=1):
        return _fit(turn(names, rows), won, folds)


def _fit(
    values: Mapping[str, Sequence[Value]], won: Sequence[bool], folds: Sequence[int]
) -> Fitted:
    held = np.array(folds)
    tried = np.flatnonzero(held >= 0)
    every = make_table(learn_columns(values, won), values, won)
    unseen = {name: np.zeros(len(won)) for name in _LEARNERS}
    for fold in sorted(set(held[tried].tolist())):
        rest, out = np.flatnonzero(held != fold), np.flatnonzero(held == fold)
        # Ranks of texts come from the outcomes: of those that were seen alone.
        seen = itemgetter(*rest.tolist())
        learned = {name: seen(given) for name, given in values.items()}
        table = make_table(learn_columns(learned, seen(won)), values, won)
        for name in _LEARNERS:
            unseen[name][out] = _learn(name, table.take(rest)).odds(table.take(out))
    known = {name: odds[tried] for name, odds in unseen.items()}
    return _choose(every, known, every.won[tried], held[tried])


def _choose(every: Table, unseen: Mapping[str, Array], won: Any, held: Any) -> Fitted:
    """Compare the candidates, each calibrated on the folds that it is not tried on."""
    candidates = {name: [name] for name in _LEARNERS} | {"mixed": ["logistic", "pairs"]}
    tried = {
        name: _tell([unseen[one] for one in parts], won, held)
        for name, parts in candidates.items()
    }
    losses = {name: _loss(chance, won) for name, (_, chance) in tried.items()}
    losses["base"] = _loss(np.full(len(won), won.mean()), won)
    kind = min(losses, key=losses.__getitem__)
    base = float(logit(np.clip(won.mean(), _EASY, 1 - _EASY)))
    if kind == "base":
        tables = [np.zeros(column.size) for column in every.columns]
        weights = Weights(every.columns, base, _plain(tables), (), base)
        return Fitted(kind, "", weights, losses, np.full(len(won), won.mean()), {})
    way, chances = tried[kind]
    calibration = calibrate([unseen[one] for one in candidates[kind]], won, way)
    parts = [_learn(name, every) for name in candidates[kind]]
    weights = _join(every, parts, calibration, base)
    shares = weigh_columns(weights, every)
    return Fitted(kind, way, weights, losses, chances, shares)


def _tell(odds: list[Array], won: Any, held: Any) -> tuple[Way, Array]:
    """The better way to calibrate, and the chances by it; sigmoid if it is as good."""
    found = {way: cross_calibrate(odds, won, held, way) for way in WAYS}
    gain = _loss(found["sigmoid"], won) - _loss(found["isotonic"], won)
    way: Way = "isotonic" if gain > _NOTABLE else "sigmoid"
    return way, found[way]


def _loss(chances: Array, won: Any) -> float:
    told = np.clip(np.where(won == 1, chances, 1 - chances), _EASY, 1)
    return float(-np.log(told).mean())


def _join(
    every: Table, parts: list[Part], calibration: Calibration, base: float
) -> Weights:
    """The weights of a weighted sum of learners, centred: an average lead adds 0."""
    scales, bias = calibration.scales, calibration.shift
    bias += sum(s * part.bias for s, part in zip(scales, parts, strict=True))
    tables = [np.zeros(column.size) for column in every.columns]
    pairs: list[Pair] = []
    for scale, part in zip(scales, parts, strict=True):
        for index, own in enumerate(part.tables):
            tables[index] = tables[index] + scale * own
        for pair in part.pairs:
            scaled = [round(scale * one, 6) for one in pair.values]
            pairs.append(replace(pair, values=scaled))
    for index, table in enumerate(tables):
        mean = float(table[every.bins[:, index]].mean())
        tables[index] = table - mean
        bias += mean
    knots = calibration.knots
    return Weights(every.columns, float(bias), _plain(tables), pairs, base, knots)


def _plain(tables: list[Array]) -> list[list[float]]:
    return [[round(float(one), 6) for one in table] for table in tables]


def _learn(name: str, table: Table) -> Part:
    """What a learner makes of leads; the share that was won where there is no more."""
    if table.columns and len(set(table.won.tolist())) > 1:
        return _LEARNERS[name](table)
    bias = float(logit(np.clip(table.won.mean(), 1e-3, 1 - 1e-3)))
    tables = [np.zeros(column.size) for column in table.columns]
    return Part(bias, tables, [], lambda other: np.full(len(other.won), bias))


def _learn_bayes(table: Table) -> Part:
    sizes = [column.size for column in table.columns]
    model = CategoricalNB(alpha=1.0, min_categories=sizes).fit(table.bins, table.won)
    tables = [log[1] - log[0] for log in model.feature_log_prob_]
    bias = float(model.class_log_prior_[1] - model.class_log_prior_[0])
    return Part(bias, tables, [], lambda other: bias + look_up(tables, other.bins))


def _one_hot(table: Table) -> csr_matrix:
    """A column for each bin, 1 where the lead is in it."""
    sizes = [column.size for column in table.columns]
    starts = np.cumsum([0, *sizes])
    places = (table.bins + starts[:-1]).ravel()
    rows = np.repeat(np.arange(len(table.won)), len(sizes))
    ones = np.ones(len(places))
    return csr_matrix((ones, (rows, places)), shape=(len(table.won), starts[-1]))


def _learn_logistic(table: Table) -> Part:
    model = LogisticRegression(C=0.3, max_iter=400).fit(_one_hot(table), table.won)
    starts = np.cumsum([0, *(column.size for column in table.columns)])
    weights = model.coef_[0]
    tables = [weights[a:b] for a, b in pairwise(starts)]
    bias = float(model.intercept_[0])
    return Part(bias, tables, [], lambda other: bias + look_up(tables, other.bins))


def _learn_pairs(table: Table) -> Part:
    """Small trees, one after the other, each of at most two columns."""
    can_stop = int(np.bincount(table.won).min()) >= _ENOUGH_TO_STOP
    model = HistGradientBoostingClassifier(
        interaction_cst="pairwise",
        learning_rate=0.08,
        max_iter=400 if can_stop else 40,
        max_leaf_nodes=15,
        min_samples_leaf=20,
        l2_regularization=2.0,
        early_stopping=can_stop,
        validation_fraction=0.12,
        n_iter_no_change=15,
        random_state=_SEED,
    ).fit(table.numbers, table.won)
    tables = [np.zeros(column.size) for column in table.columns]
    trees = [read_tree(one[0].nodes) for one in model._predictors]  # noqa: SLF001  (there is no public way to the trees)
    bias = float(model._baseline_prediction.ravel()[0])  # noqa: SLF001  (nor to this)
    pairs = tabulate(trees, len(tables))
    return Part(
        bias, tables, pairs, lambda other: model.decision_function(other.numbers)
    )


_LEARNERS: Mapping[str, Callable[[Table], Part]] = {
    "bayes": _learn_bayes,
    "logistic": _learn_logistic,
    "pairs": _learn_pairs,
}
