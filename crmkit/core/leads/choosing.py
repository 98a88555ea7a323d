"""Whose a lead is that comes in as nobody's: plugins are asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import select

from crmkit.core.leads.table import Lead, Status
from crmkit.core.teams import Team
from crmkit.core.users import User
from crmkit.hooks import LeadOwner, LeadsContext, choose_owner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core.uow import UnitOfWork


def choose_owners(uow: UnitOfWork, leads: Sequence[Lead]) -> list[Lead]:
    """Give new open leads that are nobody's to whom plugins name; which these are.

    The first plugin that names somebody for a lead decides. A lead that came with a
    team keeps it, and who is not there, or no more, gets nothing.
    """
    free = {
        lead.id: lead
        for lead in leads
        if lead.owner_id is None and lead.status is Status.OPEN
    }
    if not free:
        return []
    chosen: dict[int, LeadOwner] = {}
    for answer in uow.hooks.ask(choose_owner, LeadsContext(uow, tuple(free.values()))):
        # A plugin that no type checker saw may answer anything; None is likely.
        for lead_id, one in answer.items() if isinstance(answer, Mapping) else ():
            if lead_id in free and isinstance(one, LeadOwner):
                chosen.setdefault(lead_id, one)
    if not chosen:
        return []
    teams, users = _find_there(uow, chosen)
    return [
        lead
        for lead_id, lead in free.items()
        if (to := chosen.get(lead_id)) is not None
        and to.team_id in teams
        and to.owner_id in users
        and _give(uow, lead, to)
    ]


def _find_there(
    uow: UnitOfWork, chosen: Mapping[int, LeadOwner]
) -> tuple[set[int | None], set[int | None]]:
    """The teams and users among those chosen that may have leads, and nobody."""
    named = {one.team_id for one in chosen.values()} - {None}
    teams = select(Team.id).where(Team.id.in_(named), Team.archived_at.is_(None))
    named = {one.owner_id for one in chosen.values()} - {None}
    users = select(User.id).where(User.id.in_(named), User.disabled_at.is_(None))
    return (
        {None, *uow.session.scalars(teams)},
        {None, *uow.session.scalars(users)},
    )


def _give(uow: UnitOfWork, lead: Lead, to: LeadOwner) -> bool:
    """Let a lead go there; whether that changed anything."""
    if lead.team_id not in {None, to.team_id}:
        return False
    before = (lead.team_id, lead.owner_id)
    lead.team_id, lead.owner_id = to.team_id, to.owner_id
    if to.owner_id is not None:
        lead.assigned_at = uow.now()
    return before != (to.team_id, to.owner_id)
