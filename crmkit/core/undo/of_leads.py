"""Taking back what happened to leads: fields, merges, activities, mails, files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from crmkit.core.access import in_scope
from crmkit.core.activities import (
    Activity,
    delete_activity,
    edit_activity,
    recall_activity,
)
from crmkit.core.attachments import undo_file
from crmkit.core.errors import NotFoundError
from crmkit.core.following import reopen_activity
from crmkit.core.leads import Lead, delete_lead
from crmkit.core.leads.reverting import revert_lead
from crmkit.core.mail.messages import undo_message
from crmkit.core.merging.table import merge_of_change
from crmkit.core.merging.unmerge import unmerge_leads
from crmkit.core.undo.undoable import TakenBack, Undoable, is_changed_since, stays
from crmkit.core.ways_back import split_fields, ways_back

if TYPE_CHECKING:
    from crmkit.core.events import Event
    from crmkit.core.uow import UnitOfWork

# An activity's event names it by these; it changed them where there is an old value.
_NAMES = {"type", "summary"}


def _load(uow: UnitOfWork, ids: set[int]) -> dict[int, Lead]:
    seen = in_scope(uow, Lead.owner_id, Lead.team_id)
    query = select(Lead).where(Lead.id.in_(ids), seen).order_by(Lead.id)
    found = {lead.id: lead for lead in uow.session.scalars(uow.locked(query))}
    for missing in ids - found.keys():
        raise NotFoundError("lead", missing)
    return found


def _take_back(uow: UnitOfWork, lead: Lead, event: Event) -> TakenBack:
    kind = event.kind
    is_mail = kind.startswith("message.")
    if "attachment_id" in event.values:
        back = _whole(lead, event, done=undo_file(uow, lead, event.values))
    elif kind == "lead.merged":
        back = _take_back_merge(uow, lead, event)
    elif kind == "lead.unmerged" or lead.merged_into_id is not None:
        back = stays(lead.name, kind)
    elif kind == "lead.created":
        back = _take_back_creation(uow, lead, event)
    elif is_mail or kind.startswith("activity.") or kind == "lead.noted":
        take_back = _take_back_mail if is_mail else _take_back_activity
        back = _whole(lead, event, done=take_back(uow, lead, event))
    else:
        back = _take_back_values(uow, lead, event)
    return back


def _take_back_values(uow: UnitOfWork, lead: Lead, event: Event) -> TakenBack:
    back, kept = ways_back(uow, lead, event)
    records = int(bool(back))
    if back:
        revert_lead(uow, lead, back)
    return TakenBack(lead.name, records, kept)


def _take_back_mail(uow: UnitOfWork, lead: Lead, event: Event) -> bool:
    """Hold back a mail that waits; one that has gone out is named."""
    return event.kind == "message.written" and undo_message(uow, lead, event.values)


def _whole(lead: Lead, event: Event, *, done: bool) -> TakenBack:
    return TakenBack(lead.name) if done else stays(lead.name, event.kind)


def _take_back_merge(uow: UnitOfWork, lead: Lead, event: Event) -> TakenBack:
    """Take a merge back at the event of its master, which is the last of it."""
    if "merged_ids" not in event.values:
        return stays(lead.name)
    unmerged = unmerge_leads(uow, merge_of_change(uow, event.change_id, lead))
    return TakenBack(lead.name, 1 + len(unmerged.lead_ids), unmerged.kept)


def _take_back_activity(uow: UnitOfWork, lead: Lead, event: Event) -> bool:
    """Take back what was done to an activity, unless it went on since; no note."""
    number = event.values.get("activity_id", (None, None))[1]
    activity = uow.session.get(Activity, number) if number is not None else None
    if activity is None:
        return False
    is_there, is_done = activity.deleted_at is None, activity.done_at is not None
    match event.kind.partition(".")[2]:
        case "planned" | "restored" if is_there and not is_done:
            delete_activity(uow, lead, activity)
        case "deleted" if not is_there:
            recall_activity(uow, lead, activity)
        case "done" if is_there and is_done:
            reopen_activity(uow, lead, activity)
        case "changed" if is_there and not is_done:
            back, kept = split_fields(activity, event)
            named = {n: v for n, v in back.items() if v is not None or n not in _NAMES}
            edit_activity(uow, lead, activity, named)
            return not kept or bool(named)
        case _:
            return False
    return True


def _take_back_creation(uow: UnitOfWork, lead: Lead, event: Event) -> TakenBack:
    if is_changed_since(uow, event, lead.version):
        return stays(lead.name, event.kind)
    if lead.deleted_at is not None:
        return stays(lead.name)
    delete_lead(uow, lead)
    return TakenBack(lead.name)


LEADS = Undoable(_load, _take_back)
