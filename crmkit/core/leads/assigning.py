"""Giving many leads to teams and owners at once, as a rule decides it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from crmkit.core.leads.changes import restage
from crmkit.core.leads.closing import set_fields
from crmkit.core.leads.questions import visible
from crmkit.core.leads.saving import save
from crmkit.core.leads.table import Lead, Status
from crmkit.core.stages import list_stages
from crmkit.hooks import LeadsChanged, lead_changed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmkit.core.events import Values
    from crmkit.core.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Assigned:
    """Where a lead goes, if it is still at `version` and nobody's."""

    version: int
    team_id: int | None
    owner_id: int | None


def assign_leads(uow: UnitOfWork, wanted: Mapping[int, Assigned]) -> list[int]:
    """Give open leads without an owner, by id, to these; the ids of those that went.

    What changed since its version, or got an owner, stays as it is, and so does what
    the actor does not see. Who lets a rule decide asks first whether the actor may.
    """
    query = select(Lead).where(
        Lead.id.in_(wanted),
        Lead.owner_id.is_(None),
        Lead.status == Status.OPEN,
        visible(uow),
    )
    found = uow.session.scalars(uow.locked(query.order_by(Lead.id))).all()
    leads = [lead for lead in found if lead.version == wanted[lead.id].version]
    now, changed = uow.now(), dict[int, "Values"]()
    own = {stage.id for stage in list_stages(uow) if stage.team_ids}
    for lead in leads:
        to = wanted[lead.id]
        values = {"team_id": to.team_id, "owner_id": to.owner_id}
        changed[lead.id] = set_fields(lead, dict(values))
        if "owner_id" in changed[lead.id]:
            lead.assigned_at = now
        if "team_id" in changed[lead.id] and lead.stage_id in own:
            restage(uow, lead, changed[lead.id])
    leads = [lead for lead in leads if changed[lead.id]]
    if leads:
        save(uow, leads, "lead.assigned", changed)
        fields = frozenset({"team_id", "owner_id"})
        uow.hooks.tell(lead_changed, LeadsChanged(uow, tuple(leads), fields))
    return [lead.id for lead in leads]
