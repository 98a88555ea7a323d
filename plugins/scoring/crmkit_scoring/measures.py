"""How well probabilities foretold what happened: one measure, one function."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEAST = 1e-6
BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Leads whose probability lay between two bounds: foretold and real, 0 to 1."""

    low: float
    high: float
    count: int
    foretold: float
    won: float


@dataclass(frozen=True, slots=True)
class Measures:
    """Every measure of one set; `base` is the share that was won, 0 to 1.

    `lift` tells how many times as often the tenth with the highest probabilities was
    won as all. `bins` are the points of the reliability diagram.
    """

    count: int
    base: float
    auc: float
    log_loss: float
    brier: float
    calibration_error: float
    lift: float
    bins: tuple[Bin, ...]

    def as_json(self) -> dict[str, object]:
        """The same with four decimals, as cards and scripts hold it."""
        return {
            name: round(value, 4) if isinstance(value, float) else value
            for name, value in asdict(self).items()
            if name != "bins"
        } | {"bins": [asdict(one) for one in self.bins]}


def measure(chances: Sequence[float], won: Sequence[bool]) -> Measures:
    """Measures of `chances` (0 to 1) against what happened; both in one order."""
    count = len(won)
    bins = find_bins(chances, won)
    return Measures(
        count=count,
        base=sum(won) / count if count else 0.0,
        auc=auc(chances, won),
        log_loss=log_loss(chances, won),
        brier=_mean([(p - w) ** 2 for p, w in zip(chances, won, strict=True)]),
        calibration_error=sum(b.count * abs(b.foretold - b.won) for b in bins)
        / max(count, 1),
        lift=_lift(chances, won),
        bins=tuple(bins),
    )


def auc(chances: Sequence[float], won: Sequence[bool]) -> float:
    """How often a won lead had the higher chance than a lost one; ties count half."""
    order = sorted(range(len(won)), key=chances.__getitem__)
    ranks, index = 0.0, 0
    while index < len(order):
        end = index
        while end < len(order) and chances[order[end]] == chances[order[index]]:
            end += 1
        winners = sum(won[order[at]] for at in range(index, end))
        ranks += winners * (index + end + 1) / 2
        index = end
    wins = sum(won)
    losses = len(won) - wins
    if not wins or not losses:
        return 0.5
    return (ranks - wins * (wins + 1) / 2) / (wins * losses)


def log_loss(chances: Sequence[float], won: Sequence[bool]) -> float:
    """The mean surprise in nats: less is better, 0.693 is a coin's."""
    return _mean(
        [
            -log(min(max(p if w else 1 - p, _LEAST), 1))
            for p, w in zip(chances, won, strict=True)
        ]
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def find_bins(chances: Sequence[float], won: Sequence[bool]) -> list[Bin]:
    """Ten bins of equal width, those without leads left out."""
    found = []
    members: list[list[int]] = [[] for _ in range(BINS)]
    for index, chance in enumerate(chances):
        members[min(int(chance * BINS), BINS - 1)].append(index)
    for number, inside in enumerate(members):
        if inside:
            foretold = _mean([chances[index] for index in inside])
            real = _mean([won[index] for index in inside])
            low, high = number / BINS, (number + 1) / BINS
            found.append(
                Bin(low, high, len(inside), round(foretold, 4), round(real, 4))
            )
    return found


def _lift(chances: Sequence[float], won: Sequence[bool]) -> float:
    best = sorted(range(len(won)), key=lambda at: -chances[at])
    best = best[: max(len(best) // 10, 1)]
    base = _mean(list(won))
    return _mean([won[index] for index in best]) / base if base else 0.0
