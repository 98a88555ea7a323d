"""Giving a lead's fields back the values that they had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmkit.core.contacts import known_contacts
from crmkit.core.custom.values import edit_values
from crmkit.core.leads.changes import check_move
from crmkit.core.leads.closing import set_fields
from crmkit.core.leads.creating import SEARCHED, derive_searched
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
    from crmkit.core.events import Values
    from crmkit.core.uow import UnitOfWork


def revert_lead(
    uow: UnitOfWork, lead: Lead, back: dict[str, Any], *, as_kind: str | None = None
) -> None:
    """Give `lead` the values of `back`, with the checks and hooks of the way there.

    `as_kind` is the event's kind, where it is not told by what changes.
    """
    tags, custom = back.pop("tags", None), back.pop("custom", {})
    stage = get_stage(uow, back.get("stage_id", lead.stage_id))
    if stage.id != lead.stage_id:
        check_move(uow, lead, stage)
    changed = set_fields(lead, back)
    changed |= edit_values(uow, ("lead", lead.id), custom, None, known_contacts)
    if "stage_id" in changed and "stage_entered_at" not in changed:
        lead.stage_entered_at = uow.now()
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
