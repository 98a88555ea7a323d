"""Taking a merge back: every lead, link and entry is where it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from crmkit.core.access import in_scope
from crmkit.core.activities import find_next
from crmkit.core.errors import NotFoundError
from crmkit.core.events import Event
from crmkit.core.leads import Lead, get_lead
from crmkit.core.leads.closing import set_fields
from crmkit.core.leads.reverting import revert_lead
from crmkit.core.leads.saving import save
from crmkit.core.merging.links import part_followers, return_links
from crmkit.core.ways_back import ways_back
from crmkit.hooks import LeadsMerged, lead_unmerged

if TYPE_CHECKING:
    from crmkit.core.merging.table import LeadMerge
    from crmkit.core.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Unmerged:
    """The leads that are several again, and the master's fields that stay as edited."""

    lead_id: int
    lead_ids: tuple[int, ...]
    kept: tuple[str, ...]


def unmerge_leads(uow: UnitOfWork, merge: LeadMerge) -> Unmerged:
    """Take a merge back. What was edited on the master since stays there.

    Raises NotFoundError where the actor does not see the master, or one of the leads.
    """
    master = get_lead(uow, merge.master_id)
    sources = _sources(uow, merge)
    event = uow.session.scalars(
        select(Event).where(
            Event.change_id == merge.change_id,
            Event.entity == "lead",
            Event.record_id == master.id,
            Event.kind == "lead.merged",
        )
    ).one()
    back, stays = ways_back(uow, master, event)
    merge.unmerged_at = uow.now()
    return_links(uow, master.id, merge.moved)
    part_followers(uow, master, merge.moved)
    shown = {"merged_into_id": None, "deleted_at": None}
    changed = {lead.id: set_fields(lead, shown) for lead in sources}
    save(uow, sources, "lead.unmerged", changed)
    revert_lead(uow, master, back, as_kind="lead.unmerged")
    for lead in (master, *sources):
        find_next(uow, lead)
    uow.hooks.tell(lead_unmerged, LeadsMerged(uow, (master,), tuple(sources)))
    return Unmerged(master.id, tuple(lead.id for lead in sources), stays)


def _sources(uow: UnitOfWork, merge: LeadMerge) -> list[Lead]:
    query = (
        select(Lead)
        .where(Lead.id.in_(merge.sources), Lead.merged_into_id == merge.master_id)
        .where(in_scope(uow, Lead.owner_id, Lead.team_id))
        .order_by(Lead.id)
    )
    found = list(uow.session.scalars(uow.locked(query)))
    missing = set(merge.sources) - {lead.id for lead in found}
    if missing:
        raise NotFoundError("lead", min(missing))
    return found
