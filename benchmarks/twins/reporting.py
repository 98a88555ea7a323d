"""Leads by team and stage, counted and summed: the twin of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.twins.opening import open_for

if TYPE_CHECKING:
    from benchmarks.twins.driver import Driver

_GROUPS = """
SELECT l.team_id, l.stage_id, l.currency, count(*), sum(l.base_revenue),
  sum(l.base_weighted), sum(l.expected_revenue), sum(l.weighted_revenue),
  sum(CASE WHEN l.base_revenue IS NULL THEN l.expected_revenue END),
  sum(CASE WHEN l.base_revenue IS NULL THEN l.weighted_revenue END)
FROM lead l WHERE l.deleted_at IS NULL AND l.archived_at IS NULL {scope}
GROUP BY l.team_id, l.stage_id, l.currency
"""
_NAMES = ("SELECT id, name FROM team", "SELECT id, name FROM stage")


def read_report(driver: Driver, user_id: int) -> list[tuple[str, str, int, int]]:
    """Team, stage, how many leads, and their revenue as it is stored."""
    with driver.unit():
        actor = open_for(driver, user_id)
        rows = driver.rows(_GROUPS.replace("{scope}", actor.scope))
        teams, stages = (dict(driver.rows(names)) for names in _NAMES)
        return sorted(
            (teams[row[0]], stages[row[1]], int(row[3]), int(row[4])) for row in rows
        )
