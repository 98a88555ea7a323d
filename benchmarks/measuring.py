"""Measuring: ours, twin, ours, twin …, so that a busy machine is unfair to both."""

from __future__ import annotations

import gc
from dataclasses import dataclass, field
from statistics import median, quantiles
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OVER = 2.0


@dataclass(slots=True)
class Measured:
    """What one operation took, in seconds, and the statements it sent.

    `bar` is what its median may take; without it, twice the twin's.
    """

    name: str
    ours: list[float]
    twin: list[float] = field(default_factory=list)
    statements: tuple[int | None, int | None] = (None, None)
    remark: str = ""
    bar: float | None = None

    @property
    def ratio(self) -> float | None:
        """Ours by the twin's, median by median."""
        return median(self.ours) / median(self.twin) if self.twin else None

    @property
    def spread(self) -> tuple[float, float] | None:
        """The first and third quartile of the ratios of neighbours."""
        ratios = [a / b for a, b in zip(self.ours, self.twin, strict=False)]
        if len(ratios) < 4:  # noqa: PLR2004  (fewer have no quartiles)
            return None
        low, _, high = quantiles(ratios, n=4)
        return low, high

    @property
    def is_over(self) -> bool:
        """Whether it takes more than its bar, or twice what the twin takes."""
        if self.bar is not None:
            return median(self.ours) > self.bar
        return self.ratio is not None and self.ratio > OVER


def ninety_fifth(times: Sequence[float]) -> float:
    """The time that 95 of 100 do not exceed."""
    return sorted(times)[min(len(times) - 1, int(len(times) * 0.95))]


def take_time(work: Callable[[], object]) -> float:
    """How long `work` took, in seconds."""
    began = perf_counter()
    work()
    return perf_counter() - began


def compare(
    name: str, ours: Callable[[], object], twin: Callable[[], object], times: int
) -> Measured:
    """Both in turn, after three rounds that are not counted."""
    for _ in range(3):
        ours()
        twin()
    gc.collect()
    measured = Measured(name, [])
    for number in range(times):
        # Whoever comes second finds the pages warm: they take turns in that too.
        for which in (0, 1) if number % 2 else (1, 0):
            times_of = measured.twin if which else measured.ours
            times_of.append(take_time(twin if which else ours))
    return measured


def alone(name: str, ours: Callable[[], object], times: int) -> Measured:
    """Ours alone, after three rounds that are not counted."""
    for _ in range(3):
        ours()
    gc.collect()
    return Measured(name, [take_time(ours) for _ in range(times)])
