"""Giving a record that is there the values of a row; empty cells change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmkit.core import (
    LostReason,
    Role,
    Status,
    edit_contact,
    edit_lead,
    fold,
    get_named,
    get_stage,
    lose_lead,
    move_lead,
    need_named,
    win_lead,
)

if TYPE_CHECKING:
    from crmkit.core import Contact, ContactDraft, Lead, PastLeadDraft, UnitOfWork

# What an edit does not change: it has an action of its own, or is history.
_NOT_EDITED = frozenset(
    {"kind", "stage_id", "status", "lost_reason", "lost_note", "created_at"}
    | {"closed_at"}
)
# What a record holds as ids, and a draft as names.
_NAMED = frozenset({"tags", "source", "medium", "campaign", "custom"})


def update_lead(uow: UnitOfWork, lead: Lead, draft: PastLeadDraft) -> bool:
    """Edit, move and close `lead` as the row says; whether anything changed."""
    before = lead.version
    changes = _list_changes(lead, draft)
    if lead.status is not Status.OPEN:
        changes.pop("probability", None)
    edit_lead(uow, lead, changes)
    if draft.stage_id is not None and lead.status is not Status.LOST:
        move_lead(uow, lead, get_stage(uow, draft.stage_id))
    if lead.status is Status.OPEN and draft.status is Status.WON:
        win_lead(uow, lead)
    elif lead.status is Status.OPEN and draft.status is Status.LOST:
        lose_lead(uow, lead, _find_reason(uow, draft.lost_reason), draft.lost_note)
    return lead.version != before


def update_contact(uow: UnitOfWork, contact: Contact, draft: ContactDraft) -> bool:
    """Edit `contact` as the row says; whether anything changed."""
    before = contact.version
    edit_contact(uow, contact, _list_changes(contact, draft))
    return contact.version != before


def _list_changes(
    record: Lead | Contact, draft: PastLeadDraft | ContactDraft
) -> dict[str, Any]:
    """What the row fills and the record does not hold yet.

    What is the same is left out, because checking an owner or a team costs a query.
    """
    names = draft.model_fields_set - _NOT_EDITED
    return {
        name: getattr(draft, name)
        for name in sorted(names)
        if name in _NAMED or getattr(record, name) != getattr(draft, name)
    }


def _find_reason(uow: UnitOfWork, name: str | None) -> LostReason | None:
    if not name:
        return None
    known = need_named(uow, LostReason, [name], role=Role.OWN)
    return get_named(uow, LostReason, known[fold(name)])
