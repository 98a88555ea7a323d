"""Leads that are given to somebody as they come in, and runs by the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.hooks import LeadOwner
from crmkit_assignment.gathering import find_candidates, find_pools
from crmkit_assignment.planning import plan
from crmkit_assignment.rules import read_options, take_options
from crmkit_assignment.runs import start_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core import Lead, UnitOfWork
    from crmkit.jobs import JobRun

DAILY = "assignment.run_daily"


def choose_at_once(
    uow: UnitOfWork, leads: Sequence[Lead]
) -> dict[int, LeadOwner] | None:
    """To which teams and members new leads go, where that is chosen."""
    if not read_options(uow).on_arrival:
        return None
    take_options(uow)
    ids = [lead.id for lead in leads]
    lines = plan(find_candidates(uow, None, ids), find_pools(uow, None, ids))
    return {line.lead_id: LeadOwner(line.team_id, line.owner_id) for line in lines}


def run_daily(job: JobRun) -> None:
    """Start a run, where a manager chose that there is one each morning."""
    with job.work() as uow:
        if read_options(uow).is_scheduled:
            job.finish(uow, {"run_id": start_run(uow, is_dry=False).id})
        else:
            job.finish(uow)
