"""The lives of leads: what becomes of each, and the steps that lead there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from crmkit.cli.demo.drafts import Wish, make_wish
from crmkit.cli.demo.moments import YEAR, put_in_order, work_hour
from crmkit.core import ActivityState, LeadKind, Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random
    from zoneinfo import ZoneInfo

    from crmkit.cli.demo.scenery import Scenery

T = TypeVar("T")

# Of 400 lives: not qualified yet; open in each stage; won; lost.
_UNQUALIFIED = 44
_OPEN = (44, 42, 40, 32, 18)
_WON = 74
_LOST = 106
_LOST_IN = (20, 26, 26, 20, 14)
_DAYS_IN_STAGE = (6, 9, 13, 15, 11)
_ROTTING = (14, 14, 21, 21, 30)
_LONGEST_STAY = 75
_CLOSED_WITHIN = 300
RECENT = timedelta(minutes=25)
# Of 40 open leads: what they wait for. The demo's user finds some due in any case.
_WAITING = (
    [ActivityState.LATE] * 5
    + [ActivityState.TODAY] * 3
    + [ActivityState.PLANNED] * 25
    + [ActivityState.NONE] * 7
)
_HIS_FIRST = [ActivityState.TODAY] * 4 + [ActivityState.LATE] * 3


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a lead: the stage it reaches (from 0), and how it stands."""

    status: Status
    reaches: int
    kind: LeadKind = LeadKind.OPPORTUNITY


@dataclass(slots=True)
class Life:
    """One lead's life: when it entered each stage, and when it was closed."""

    wish: Wish
    fate: Fate
    entered: list[datetime]
    closed_at: datetime | None
    waits: ActivityState = ActivityState.NONE
    lead_id: int = 0
    activity_ids: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Era:
    """The time that the demo covers: the year before `now`."""

    rng: Random
    scenery: Scenery
    now: datetime
    zone: ZoneInfo


def plan_lives(era: Era, count: int) -> list[Life]:
    """`count` lives, in the proportions of the demo."""
    fates = spread(_all_fates(), count)
    era.rng.shuffle(fates)
    lives = [_plan_life(era, fate) for fate in fates]
    _deal_states(era, [life for life in lives if life.closed_at is None])
    return lives


def _deal_states(era: Era, lives: list[Life]) -> None:
    states = spread(_WAITING, len(lives))
    era.rng.shuffle(states)
    for life, state in zip(lives, states, strict=True):
        life.waits = state
    his = [
        life
        for life in lives
        if life.wish.owner == era.scenery.demo_user
        and life.fate.kind is LeadKind.OPPORTUNITY
    ]
    # Those that stand longest, because something can only be late that is older.
    his.sort(key=lambda life: life.entered[-1])
    for life, state in zip(his, _HIS_FIRST[::-1], strict=False):
        life.waits = state


def spread(items: Sequence[T], count: int) -> list[T]:
    """`count` of `items`, evenly taken (or taken again and again)."""
    return [items[index * len(items) // count] for index in range(count)]


def _all_fates() -> list[Fate]:
    fates = [Fate(Status.OPEN, 0, LeadKind.LEAD)] * _UNQUALIFIED
    for stage, count in enumerate(_OPEN):
        fates += [Fate(Status.OPEN, stage)] * count
    last = len(_OPEN) - 1
    fates += [Fate(Status.WON, last)] * _WON
    total = sum(_LOST_IN)
    for stage, count in enumerate(_LOST_IN):
        fates += [Fate(Status.LOST, stage)] * (count * _LOST // total)
    return fates


def _plan_life(era: Era, fate: Fate) -> Life:
    rng, now = era.rng, era.now
    is_open = fate.status is Status.OPEN
    if is_open:
        stay = rng.expovariate(1 / (0.6 * _ROTTING[fate.reaches]))
        moment = now - timedelta(days=min(stay, _LONGEST_STAY))
    else:
        # More of the recent weeks than of long ago: the firm grows.
        moment = now - timedelta(days=_CLOSED_WITHIN * rng.random() ** 1.3)
    moments = [moment]
    first = fate.reaches if is_open else fate.reaches + 1
    for stage in range(first - 1, -1, -1):
        moment -= timedelta(days=rng.gammavariate(2, _DAYS_IN_STAGE[stage] / 2))
        moments.append(max(moment, now - YEAR))
    worked = [work_hour(rng, moment, era.zone) for moment in moments]
    ordered = put_in_order(worked, now - RECENT)
    closed_at = None if is_open else ordered.pop()
    return Life(make_wish(rng, era.scenery), fate, ordered, closed_at)
