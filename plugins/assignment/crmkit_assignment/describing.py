"""What scripts, commands and pages get told of runs and of fairness."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, true

from crmkit.core import Lead, Team, User, visible
from crmkit_assignment.planning import jain
from crmkit_assignment.tables import RunLine
from crmkit_assignment.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmkit.core import UnitOfWork
    from crmkit_assignment.tables import Run


@dataclass(frozen=True, slots=True)
class Part:
    """Which lines of a run: behind line `after`, no more than `limit`.

    `is_given` leaves those that go to somebody, or those that stay nobody's.
    """

    after: int = 0
    limit: int = 100
    is_given: bool | None = None


def describe_run(uow: UnitOfWork, run: Run) -> dict[str, Any]:
    """A run: how far it is, what it gives to whom, and how fair that is."""
    whys = uow.session.scalars(select(RunLine.why).where(RunLine.run_id == run.id))
    return {
        "id": run.id,
        "state": run.state,
        "dry_run": run.is_dry,
        "forced": run.is_forced,
        "seed": run.seed,
        "team_id": run.team_id,
        "job_id": run.job_id,
        "change_id": run.change_id,
        "leads": run.leads,
        "given": run.given,
        "applied": run.applied,
        "reasons": dict(sorted(Counter(why.value for why in whys).items())),
        "members": [{**m, "value": Decimal(str(m["value"]))} for m in run.report],
        "jain": fairness_of(run.report),
        "created_at": run.created_at,
        "applied_at": run.applied_at,
    }


def fairness_of(members: Sequence[dict[str, Any]]) -> float:
    """Jain's index of the members' loads as shares of their capacity."""
    here = [m for m in members if m["capacity"] and not m["is_away"]]
    return round(jain([m["after"] / m["capacity"] for m in here]), 4)


def list_lines(
    uow: UnitOfWork,
    run: Run,
    translate: Callable[[str], str],
    part: Part,
) -> list[dict[str, Any]]:
    """Some lines of a run, of leads that the actor sees."""
    wanted = {
        None: true(),
        True: RunLine.owner_id.is_not(None),
        False: RunLine.owner_id.is_(None),
    }
    rows = uow.session.execute(
        select(RunLine, Lead.name, User.name, Team.name)
        .join(Lead, Lead.id == RunLine.lead_id)
        .outerjoin(User, User.id == RunLine.owner_id)
        .outerjoin(Team, Team.id == RunLine.team_id)
        .where(RunLine.run_id == run.id, RunLine.id > part.after, visible(uow))
        .where(wanted[part.is_given])
        .order_by(RunLine.id)
        .limit(part.limit)
    )
    return [
        {
            "id": line.id,
            "lead_id": line.lead_id,
            "lead": lead,
            "team_id": line.team_id,
            "team": team,
            "owner_id": line.owner_id,
            "owner": owner,
            "why": line.why,
            "reason": say(line.why, line.detail, translate),
            "is_done": line.is_done,
        }
        for line, lead, owner, team in rows
    ]
