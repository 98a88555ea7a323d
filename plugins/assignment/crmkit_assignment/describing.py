"""What scripts, commands and pages get told of runs and of fairness."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import and_, func, or_, select, true
from sqlalchemy.orm import aliased

from crmkit.core import Lead, Team, User, visible
from crmkit_assignment.planning import jain
from crmkit_assignment.tables import RunLine
from crmkit_assignment.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmkit.core import UnitOfWork
    from crmkit_assignment.tables import Run


Show = Literal["", "given", "merged", "stays"]
_Into = aliased(Lead)


@dataclass(frozen=True, slots=True)
class Part:
    """Which lines of a run: behind line `after`, no more than `limit`.

    `show` leaves those that go to somebody, are merged, or stay as they are.
    """

    after: int = 0
    limit: int = 100
    show: Show = ""


def describe_run(uow: UnitOfWork, run: Run) -> dict[str, Any]:
    """A run: how far it is, what it gives to whom, and how fair that is."""
    mine = RunLine.run_id == run.id
    whys = select(RunLine.why, func.count()).where(mine).group_by(RunLine.why)
    merged = select(func.count()).where(mine, RunLine.into_id.is_not(None))
    reasons = {why.value: count for why, count in uow.session.execute(whys)}
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
        "merged": uow.session.scalar(merged) or 0,
        "applied": run.applied,
        "reasons": dict(sorted(reasons.items())),
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
    is_given, is_merged = RunLine.owner_id.is_not(None), RunLine.into_id.is_not(None)
    wanted = {
        "": true(),
        "given": is_given,
        "merged": is_merged,
        "stays": ~is_given & ~is_merged,
    }
    # What was merged is in no list any more; who sees where it went may know of it.
    seen = select(Lead.id).where(visible(uow)).correlate(None)
    is_gone = and_(Lead.merged_into_id == RunLine.into_id, RunLine.into_id.in_(seen))
    into = select(_Into.name).where(_Into.id == RunLine.into_id).scalar_subquery()
    rows = uow.session.execute(
        select(RunLine, Lead.name, User.name, Team.name, into)
        .join(Lead, Lead.id == RunLine.lead_id)
        .outerjoin(User, User.id == RunLine.owner_id)
        .outerjoin(Team, Team.id == RunLine.team_id)
        .where(RunLine.run_id == run.id, RunLine.id > part.after)
        .where(or_(visible(uow), is_gone), wanted[part.show])
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
            "into_id": line.into_id,
            "into": into_name,
            "why": line.why,
            "reason": say(line.why, line.detail, translate),
            "is_done": line.is_done,
        }
        for line, lead, owner, team, into_name in rows
    ]
