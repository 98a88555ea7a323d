"""A clock that stands still until a test moves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 24, 9, tzinfo=UTC)
"""A Tuesday, 10:00 in Paris."""


@dataclass(slots=True)
class FrozenClock:
    """The time that a test says it is; a CRM of the kit asks no other clock."""

    moment: datetime = START

    def now(self) -> datetime:
        """The moment at which the clock stands, in UTC."""
        return self.moment

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> None:
        """Move the clock on, or back by negative numbers."""
        self.moment += timedelta(days=days, hours=hours, minutes=minutes)
