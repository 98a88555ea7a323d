"""The time of the demo: a clock that is set, and the hours at which people work."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random
    from zoneinfo import ZoneInfo

YEAR = timedelta(days=365)
_SATURDAY = 5
_BEGINS, _ENDS = 8 * 60 + 30, 18 * 60
_APART = timedelta(minutes=4)


class DemoClock:
    """A clock that stands until it is set."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """The moment it was set to, in UTC."""
        return self._moment

    def set_to(self, moment: datetime) -> None:
        """Let it be `moment`."""
        self._moment = moment


def work_hour(rng: Random, moment: datetime, zone: ZoneInfo) -> datetime:
    """A moment of the working hours of that day, or of the Friday before."""
    day = moment.astimezone(zone).date()
    day -= timedelta(days=max(0, day.weekday() - _SATURDAY + 1))
    minutes = rng.randrange(_BEGINS, _ENDS)
    local = datetime.combine(day, time(minutes // 60, minutes % 60), tzinfo=zone)
    return local.astimezone(UTC)


def put_in_order(moments: Sequence[datetime], end: datetime) -> list[datetime]:
    """`moments` one after the other, a few minutes apart, none after `end`."""
    ordered: list[datetime] = []
    for moment in sorted(moments):
        earliest = ordered[-1] + _APART if ordered else moment
        ordered.append(max(moment, earliest))
    last = end
    for index in range(len(ordered) - 1, -1, -1):
        ordered[index] = min(ordered[index], last)
        last = ordered[index] - _APART
    return ordered
