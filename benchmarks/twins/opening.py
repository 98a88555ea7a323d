"""Who works and what he sees: the twin of opening a unit and of `visible`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from benchmarks.twins.driver import Driver

ZONE = ZoneInfo("Europe/Paris")
COUNTRY = "FR"
BASE = "EUR"

_WHO = """
SELECT u.id, u.name, u.role, u.locale, u.theme, u.email,
  (SELECT group_concat(CAST(m.team_id AS VARCHAR), ',') FROM member m
   WHERE m.user_id = u.id),
  (SELECT group_concat(p.plugin_id, ',') FROM plugin_switch p
   WHERE p.is_enabled IS FALSE)
FROM crm_user u
"""
_BY_ID = _WHO + " WHERE u.disabled_at IS NULL AND u.id = ?"
_BY_TOKEN = (
    _WHO
    + """ JOIN access_token t ON t.user_id = u.id
WHERE u.disabled_at IS NULL AND t.key_hash = ?"""
)


@dataclass(slots=True)
class Actor:
    """Who works, in which teams."""

    id: int
    role: str
    team_ids: list[int]

    @property
    def scope(self) -> str:
        """What is behind a WHERE so that he gets only the leads he may see."""
        if self.role not in {"own", "team"}:
            return ""
        # Numbers of our own; literals let the planner see how many there are.
        teams = ", ".join(map(str, self.team_ids)) or "NULL"
        if self.role == "team":
            return f" AND (l.owner_id = {self.id} OR l.team_id IN ({teams}))"
        return (
            f" AND (l.owner_id = {self.id}"
            f" OR l.owner_id IS NULL AND l.team_id IN ({teams}))"
        )


def open_for(driver: Driver, user_id: int) -> Actor:
    """The user of that id."""
    return _actor(driver.rows(_BY_ID, user_id))


def open_by_token(driver: Driver, key_hash: str) -> Actor:
    """The user of a token, by its hash."""
    return _actor(driver.rows(_BY_TOKEN, key_hash))


def _actor(rows: list[tuple[object, ...]]) -> Actor:
    row = rows[0]
    teams = sorted(int(team) for team in str(row[6] or "").split(",") if team)
    return Actor(int(str(row[0])), str(row[2]), teams)


def now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)  # noqa: TID251  (the twin has no clock to ask)


def days(moment: datetime) -> tuple[date, datetime, datetime]:
    """The day of a moment, when it begins and when it ends."""
    local = moment.astimezone(ZONE)
    begins = local.replace(hour=0, minute=0, second=0, microsecond=0)
    ends = (begins + timedelta(days=1)).astimezone(UTC)
    return local.date(), begins.astimezone(UTC), ends
