"""Winning, losing, archiving, deleting leads; and opening them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmkit.core.access import can_delete
from crmkit.core.errors import ForbiddenError
from crmkit.core.leads.errors import LostReasonNeededError, NotOpenError
from crmkit.core.leads.saving import (
    LOST,
    WON,
    estimate,
    refresh_amounts,
    save,
    tell,
    tell_customer,
)
from crmkit.core.leads.table import Lead, LeadKind, Status
from crmkit.core.stages import Stage, first_stage, is_stage_of, list_stages, won_stage
from crmkit.core.uow import Role
from crmkit.hooks import lead_deleted, lead_lost, lead_restored, lead_won

if TYPE_CHECKING:
    from crmkit.core.events import Values
    from crmkit.core.lost_reasons import LostReason
    from crmkit.core.uow import UnitOfWork


def set_fields(lead: Lead, wanted: dict[str, Any]) -> Values:
    """Set what differs, and tell what it was and is."""
    changed = {
        name: (getattr(lead, name), value)
        for name, value in wanted.items()
        if getattr(lead, name) != value
    }
    for name, (_, value) in changed.items():
        setattr(lead, name, value)
    return changed


def close_as_won(uow: UnitOfWork, lead: Lead) -> Values:
    """Set what is true of every won lead, an opportunity, and tell what changed."""
    closed_at = lead.closed_at if lead.status is Status.WON else uow.now()
    changed = set_fields(
        lead,
        {
            "status": Status.WON,
            "probability": WON,
            "probability_is_manual": False,
            "closed_at": closed_at,
            "archived_at": None,
            **_qualified(uow, lead),
        },
    )
    lead.automatic_probability = WON
    refresh_amounts(uow, lead)
    return changed


def _qualified(uow: UnitOfWork, lead: Lead) -> dict[str, Any]:
    """What makes an opportunity of a lead that is won before anybody qualified it."""
    if lead.kind is LeadKind.OPPORTUNITY:
        return {}
    return {"kind": LeadKind.OPPORTUNITY, "qualified_at": uow.now()}


def reopen(lead: Lead) -> Values:
    """Set what is true of every open lead, and tell what changed."""
    return set_fields(
        lead,
        {
            "status": Status.OPEN,
            "probability_is_manual": False,
            "closed_at": None,
            "archived_at": None,
            "lost_reason_id": None,
            "lost_note": None,
        },
    )


def win_lead(uow: UnitOfWork, lead: Lead) -> None:
    """Mark `lead` won: it goes to the next won stage of its pipeline."""
    if lead.status is Status.WON:
        return
    if lead.status is Status.LOST:
        raise NotOpenError(lead)
    stages = list_stages(uow)
    current = next(stage for stage in stages if stage.id == lead.stage_id)
    target = won_stage(stages, lead.team_id, current.position)
    changed = set_fields(lead, {"stage_id": target.id})
    if changed:
        lead.stage_entered_at = uow.now()
    changed |= close_as_won(uow, lead)
    is_new_there = "stage_id" in changed
    save(uow, [lead], "lead.won", {lead.id: changed})
    tell(uow, lead_won, [lead])
    if is_new_there:
        tell_customer(uow, lead, target)


def needs_lost_reason(uow: UnitOfWork, lead: Lead) -> bool:
    """Whether `lead` can only be lost with a reason, where it stands."""
    return uow.session.get_one(Stage, lead.stage_id).requires_lost_reason


def lose_lead(
    uow: UnitOfWork, lead: Lead, reason: LostReason | None, note: str | None = None
) -> None:
    """Mark `lead` lost, with a reason where its stage asks for one.

    Raises NotOpenError for a won lead: it has to be restored first.
    """
    if lead.status is not Status.OPEN:
        raise NotOpenError(lead)
    stage = uow.session.get_one(Stage, lead.stage_id)
    if stage.requires_lost_reason and reason is None:
        raise LostReasonNeededError(stage)
    changed = set_fields(
        lead,
        {
            "status": Status.LOST,
            "probability": LOST,
            "probability_is_manual": False,
            "closed_at": uow.now(),
            "lost_reason_id": None if reason is None else reason.id,
            "lost_note": (note or "").strip() or None,
        },
    )
    lead.automatic_probability = LOST
    refresh_amounts(uow, lead)
    save(uow, [lead], "lead.lost", {lead.id: changed})
    tell(uow, lead_lost, [lead])


def restore_lead(uow: UnitOfWork, lead: Lead) -> None:
    """Make a won, lost, archived or deleted lead open again, probability automatic.

    One that stands in a won stage, or in one that is not its team's any more, goes
    to the first stage of its pipeline.
    """
    changed = set_fields(lead, {"deleted_at": None}) | reopen(lead)
    if not changed:
        return
    stages = list_stages(uow)
    current = next((stage for stage in stages if stage.id == lead.stage_id), None)
    if current is None or current.is_won or not is_stage_of(current, lead.team_id):
        current = first_stage(stages, lead.team_id)
        changed |= set_fields(lead, {"stage_id": current.id})
        lead.stage_entered_at = uow.now()
    before = lead.probability
    estimate(uow, [lead], {current.id: current.probability})
    if before != lead.probability:
        changed["probability"] = (before, lead.probability)
    save(uow, [lead], "lead.restored", {lead.id: changed})
    tell(uow, lead_restored, [lead])
    if "stage_id" in changed:
        tell_customer(uow, lead, current)


def archive_lead(uow: UnitOfWork, lead: Lead) -> None:
    """Hide `lead` from the pipeline and lists; how it stands does not change."""
    changed = set_fields(lead, {"archived_at": lead.archived_at or uow.now()})
    if changed:
        save(uow, [lead], "lead.archived", {lead.id: changed})


def delete_leads(uow: UnitOfWork, leads: list[Lead]) -> None:
    """Put `leads` into the bin. Roles below `all` delete what they own or made."""
    actor = uow.actor
    if not all(can_delete(actor, lead.owner_id, lead.created_by_id) for lead in leads):
        raise ForbiddenError(Role.ALL.value)
    now = uow.now()
    changed = {lead.id: set_fields(lead, {"deleted_at": now}) for lead in leads}
    save(uow, leads, "lead.deleted", changed)
    tell(uow, lead_deleted, leads)


def delete_lead(uow: UnitOfWork, lead: Lead) -> None:
    """Put `lead` into the bin."""
    delete_leads(uow, [lead])
