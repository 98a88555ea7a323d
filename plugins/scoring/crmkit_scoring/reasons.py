"""Reasons: how far each value moves the probability away from that of all leads."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

from crmkit_scoring.frequency import to_percent
from crmkit_scoring.variables import CORRECT, QUALITIES

if TYPE_CHECKING:
    from collections.abc import Iterable

_NEARLY = 1e-9


@dataclass(frozen=True, slots=True)
class Reason:
    """A value of a lead and the points (percent) it adds or takes."""

    variable: str
    value: str
    points: float


def share_out(
    base: float, percent: float, parts: Iterable[tuple[str, str, float]]
) -> list[Reason]:
    """The way from `base` to `percent` divided among `parts`, the largest first.

    Each part is worth its log-odds along the straight line between the two, so that
    the order of the parts is no matter. Rounded to two decimals, they still add up.
    """
    found = list(parts)
    way = percent - base
    whole = sum(weight for *_, weight in found)
    start = min(max(base / 100, _NEARLY), 1 - _NEARLY)
    if abs(whole) > _NEARLY:
        end = to_percent(log(start / (1 - start)) + whole)
        each = (end - start * 100) / whole
    else:
        each = start * (1 - start) * 100
    reasons = [
        Reason(variable, value, round(weight * each, 2))
        for variable, value, weight in found
    ]
    reasons.sort(key=lambda reason: (-abs(reason.points), reason.variable))
    rest = round(way - sum(reason.points for reason in reasons), 2)
    if reasons and rest:
        first = reasons[0]
        first = Reason(first.variable, first.value, round(first.points + rest, 2))
        reasons[0] = first
    return reasons


def is_absurd(reason: Reason) -> bool:
    """Whether a reason would only puzzle: a bad phone number that speaks for a lead."""
    if reason.variable not in QUALITIES or not reason.points:
        return False
    return (reason.value == CORRECT) != (reason.points > 0)
