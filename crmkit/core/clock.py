"""The clock that a unit of work carries, so that tests own the time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

__all__ = [
    "FIRST_DAY",
    "LAST_DAY",
    "Clock",
    "SystemClock",
    "start_of_day",
]


FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(9998, 12, 31)
"""Days that a person may mean, and that every zone can tell the beginning of."""


class Clock(Protocol):
    """Tells the time: one method, an aware datetime in UTC."""

    def now(self) -> datetime:
        """The present moment, in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return datetime.now(UTC)  # noqa: TID251  (the one place that asks the machine)


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which `day` begins in `zone`."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
