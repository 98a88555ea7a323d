"""Giving a lead's fields back the values that they had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crmkit.core.contacts import known_contacts
from crmkit.core.custom.values import edit_values
from crmkit.core.events import LeadPast
from crmkit.core.leads.changes import check_move
from crmkit.core.leads.closing import set_fields
from crmkit.core.leads.creating import SEARCHED, derive_searched
from crmkit.core.leads.errors import ArchivedStageError
from crmkit.core.leads.saving import estimate, refresh_amounts, save, tell
from crmkit.core.leads.table import Lead, Status
from crmkit.core.search import index_records, is_searched, searched_texts
from crmkit.core.stages import get_stage
from crmkit.core.tags import set_tags, tags_of
from crmkit.hooks import (
    HappenedHook,
    LeadsChanged,
    LeadsContext,
    lead_changed,
    lead_deleted,
    lead_lost,
    lead_moved,
    lead_restored,
    lead_won,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import InstrumentedAttribute

    from crmkit.core.events import Values
    from crmkit.core.uow import UnitOfWork


def revert_lead(
    uow: UnitOfWork, lead: Lead, back: dict[str, Any], *, as_kind: str | None = None
) -> None:
    """Give `lead` the values of `back`, with the checks and hooks of the way there.

    `as_kind` is the event's kind, where it is not told by what changes.
    """
    tags, custom = back.pop("tags", None), back.pop("custom", {})
    stage = get_stage(uow, back.get("stage_id", lead.stage_id), archived=True)
    if stage.id != lead.stage_id:
        if stage.archived_at is not None:
            raise ArchivedStageError(stage)
        check_move(uow, lead, stage)
    changed = set_fields(lead, back)
    changed |= edit_values(uow, ("lead", lead.id), custom, None, known_contacts)
    _give_moments_back(uow, lead, changed)
    if tags is not None:
        changed["tags"] = (tags_of(uow, lead.id), list(tags))
        set_tags(uow, {lead.id: tags})
    values = {name: getattr(lead, name) for name in SEARCHED}
    set_fields(lead, derive_searched(values, uow.settings.country))
    estimate(uow, [lead], {stage.id: stage.probability})
    refresh_amounts(uow, lead)
    kind, hook = _meaning(lead, changed)
    save(uow, [lead], as_kind or kind, {lead.id: changed})
    if is_searched("lead", changed):
        index_records(uow, "lead", searched_texts("lead", [lead]))
    if hook is None:
        uow.hooks.tell(lead_changed, LeadsChanged(uow, (lead,), frozenset(changed)))
    else:
        tell(uow, hook, [lead])


def _give_moments_back(uow: UnitOfWork, lead: Lead, changed: Values) -> None:
    """Since when it stands in its stage, and is its owner's: since it was before."""
    now = uow.now()
    if "stage_id" in changed and "stage_entered_at" not in changed:
        since = _held_since(uow, lead, LeadPast.stage_id, lead.stage_id)
        lead.stage_entered_at = since or now
    if "owner_id" in changed and "assigned_at" not in changed:
        since = _held_since(uow, lead, LeadPast.owner_id, lead.owner_id)
        lead.assigned_at = None if lead.owner_id is None else since or now


def _held_since(
    uow: UnitOfWork,
    lead: Lead,
    column: InstrumentedAttribute[Any],
    value: int | None,
) -> datetime | None:
    """When the last time began that `lead` had `value`, None if it never had."""
    since = None
    past = select(column, LeadPast.from_at).where(LeadPast.lead_id == lead.id)
    for held, start in uow.session.execute(past.order_by(LeadPast.id.desc())):
        if held == value:
            since = start
        elif since is not None:
            break
    return since


def _meaning(
    lead: Lead, changed: Values
) -> tuple[str, HappenedHook[LeadsContext] | None]:
    """What the way back comes to: the event's kind, and who is told."""
    if "deleted_at" in changed:
        if lead.deleted_at is not None:
            return "lead.deleted", lead_deleted
        return "lead.restored", lead_restored
    if "status" in changed:
        return {
            Status.WON: ("lead.won", lead_won),
            Status.LOST: ("lead.lost", lead_lost),
            Status.OPEN: ("lead.restored", lead_restored),
        }[lead.status]
    if "stage_id" in changed:
        return "lead.moved", lead_moved
    return "lead.changed", None
