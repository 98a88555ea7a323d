"""Naive Bayes over counts of won and lost leads: numbers in, a probability out.

`Counts` are in tenths of a lead: a value that was won once and never lost is 11 and 1,
because each row begins with a tenth on both sides, so that nothing is ever certain.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp, log
from typing import TYPE_CHECKING

from crmkit_scoring.variables import STAGE, TAGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Pair = tuple[int, int]
Counts = dict[tuple[str, str], Pair]
"""Won and lost, in tenths, by variable and value."""
Delta = tuple[int, str, str, int, int]
"""Team, variable, value, and how many more were won and lost."""

ROW = 1
LEAD = 10
FEWEST_TAGGED = 50 * LEAD
LEAST, MOST = 0.01, 99.99
FURTHEST = 40.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A probability in percent, and what each value adds to the base, in log-odds."""

    percent: float
    base: float
    parts: tuple[tuple[str, str, float], ...] = ()


def step(row: Pair | None, won: int, lost: int) -> Pair:
    """A row after so many more leads; a new one begins with a tenth on both sides."""
    before = (ROW, ROW) if row is None else row
    after = before[0] + LEAD * won, before[1] + LEAD * lost
    return max(after[0], ROW), max(after[1], ROW)


def add_deltas(counts: dict[int, Counts], deltas: Iterable[Delta]) -> None:
    """Add what steps say to counts by team."""
    summed: dict[tuple[int, str, str], Pair] = {}
    for team, variable, value, won, lost in deltas:
        before = summed.get((team, variable, value), (0, 0))
        summed[team, variable, value] = (before[0] + won, before[1] + lost)
    for (team, variable, value), (won, lost) in summed.items():
        rows = counts.setdefault(team, {})
        if won or lost:
            rows[variable, value] = step(rows.get((variable, value)), won, lost)


def add_up(teams: Iterable[Counts]) -> Counts:
    """The rows of several teams as one."""
    both: Counts = {}
    for rows in teams:
        for key, (won, lost) in rows.items():
            before = both.get(key, (0, 0))
            both[key] = (before[0] + won, before[1] + lost)
    return both


def hand_over(rest: Counts, gone: Counts) -> None:
    """Add the rows of a team that is gone to those of leads without a team.

    Rows that say nothing are left out; where both have a row, whole leads are added.
    """
    for key, row in gone.items():
        if max(row) <= ROW:
            continue
        known = rest.get(key)
        rest[key] = (
            (max(row[0], ROW), max(row[1], ROW))
            if known is None
            else (_whole(known[0], row[0]), _whole(known[1], row[1]))
        )


def _whole(one: int, other: int) -> int:
    """Two counts rounded to whole leads, half up, and added; a tenth for none."""
    whole = (one + LEAD // 2) // LEAD + (other + LEAD // 2) // LEAD
    return whole * LEAD or ROW


@dataclass(slots=True)
class Scope:
    """The rows by which leads of one team, or of all, are judged.

    `first_stage` is the first of the stages that all teams share.
    """

    rows: Counts
    first_stage: str
    totals: dict[str, Pair] = field(default_factory=dict)
    weights: dict[tuple[str, str], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Sum each variable, without tags that too few leads have."""
        for key in [key for key, row in self.rows.items() if _is_rare(key, row)]:
            del self.rows[key]
        for (variable, _), (won, lost) in self.rows.items():
            before = self.totals.get(variable, (0, 0))
            self.totals[variable] = (before[0] + won, before[1] + lost)
        if self.whole is not None:
            self.totals[STAGE] = self.whole

    @property
    def whole(self) -> Pair | None:
        """All leads that were won and lost, or None where there are none."""
        row = self.rows.get((STAGE, self.first_stage))
        return row if row is not None and min(row) > 0 else None

    def estimate(self, values: Sequence[tuple[str, str]]) -> Estimate | None:
        """The probability of a lead with these values, its stage among them.

        None where nothing was counted yet.
        """
        whole = self.whole
        if whole is None:
            return None
        odds = log(whole[0]) - log(whole[1])
        parts = tuple((*v, weight) for v in values if (weight := self.weight(v)))
        told = odds + sum(weight for *_, weight in parts)
        return Estimate(clamp(to_percent(told)), to_percent(odds), parts)

    def weight(self, value: tuple[str, str]) -> float:
        """What a variable's value adds to the log-odds; nothing where none was seen."""
        known = self.weights.get(value)
        if known is None:
            row, total = self.rows.get(value), self.totals.get(value[0])
            known = 0.0
            if row is not None and total is not None and min(total):
                known = log(row[0] / total[0]) - log(row[1] / total[1])
            self.weights[value] = known
        return known


def to_percent(odds: float) -> float:
    """A probability in percent from its log-odds."""
    return 100 / (1 + exp(-max(min(odds, FURTHEST), -FURTHEST)))


def clamp(percent: float) -> float:
    """A probability in percent with two decimals, never quite 0 or 100."""
    return min(max(round(percent, 2), LEAST), MOST)


def _is_rare(key: tuple[str, str], row: Pair) -> bool:
    return key[0] == TAGS and sum(row) < FEWEST_TAGGED


def find_scope(
    teams: Mapping[int, Counts], team: int, variables: frozenset[str], first: str
) -> Scope:
    """The rows of the team where it has any for `variables`, else those of all."""
    own = teams.get(team, {}) if team else {}
    wanted = variables | {STAGE}
    rows = {key: row for key, row in own.items() if key[0] in wanted}
    if rows:
        return Scope(rows, first)
    every = add_up(teams.values())
    return Scope({k: row for k, row in every.items() if k[0] in wanted}, first)
