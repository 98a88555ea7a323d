"""Taking back a change: field by field, as a new change that undoes the old one.

What somebody changed since stays as it is and is listed. Mails that wait are held back;
those already sent are named.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from crmkit.core.access import in_scope
from crmkit.core.activities import (
    Activity,
    delete_activity,
    edit_activity,
    recall_activity,
)
from crmkit.core.attachments import undo_file
from crmkit.core.contacts import (
    Contact,
    contacts_in_scope,
    delete_contact,
    edit_contact,
    recall_contact,
)
from crmkit.core.errors import CrmError, NotFoundError, mark
from crmkit.core.events import Event
from crmkit.core.following import reopen_activity
from crmkit.core.leads import Lead, delete_lead
from crmkit.core.leads.reverting import revert_lead
from crmkit.core.mail.messages import undo_message
from crmkit.core.merging.table import merge_of_change
from crmkit.core.merging.unmerge import unmerge_leads
from crmkit.core.stages import StageDraft, edit_stage, get_stage, restore_stage
from crmkit.core.stored_settings import take_back_setting
from crmkit.core.uow import Role
from crmkit.core.ways_back import split_fields, ways_back

if TYPE_CHECKING:
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "Kept",
    "Undone",
    "begin_undo",
    "undo_change",
]

BATCH = 500
# An activity's event names it by these; it changed them where there is an old value.
_NAMES = {"type", "summary"}


@dataclass(frozen=True, slots=True)
class Kept:
    """A record, or fields of it, that stay because they were changed since."""

    entity: str
    id: int
    name: str
    fields: tuple[str, ...]


@dataclass(slots=True)
class Undone:
    """What came of an undo: records taken back, and what stays.

    `before` is the event to go on from, None when all of the change was looked at.
    """

    records: int = 0
    kept: list[Kept] = field(default_factory=list)
    before: int | None = None


class NothingToUndoError(CrmError):
    """The change does not exist, or was undone before."""

    def __init__(self) -> None:
        super().__init__(mark("There is nothing to undo: this was undone already."))


class OthersChangeError(CrmError):
    """Only who made a change, or a manager, takes it back."""

    def __init__(self) -> None:
        super().__init__(mark("Only who made this change, or a manager, can undo it."))


def undo_change(
    uow: UnitOfWork, change_id: str, *, before: int | None = None, limit: int = BATCH
) -> Undone:
    """Take back a change: its newest `limit` events that are older than `before`."""
    events = _events(uow, change_id, before, limit)
    if before is not None and not events:
        return Undone()
    if not events or (before is None and _is_undone(uow, change_id)):
        raise NothingToUndoError
    is_mine = all(event.actor_id == uow.actor.id for event in events)
    if not is_mine and not uow.actor.can_be(Role.MANAGER):
        raise OthersChangeError
    outer = uow.undoes
    uow.undoes = change_id
    undone = Undone()
    leads = _load(uow, Lead, events)
    contacts = _load(uow, Contact, events)
    for event in events:
        record = (leads if event.entity == "lead" else contacts).get(event.record_id)
        if event.entity in {"lead", "contact"} and record is None:
            raise NotFoundError(event.entity, event.record_id)
        _undo_event(uow, record, event, undone)
    undone.before = events[-1].id if len(events) == limit else None
    uow.undoes = outer
    return undone


def begin_undo(uow: UnitOfWork, change_id: str) -> Undone | int:
    """What came of taking back a change; of a large one the id of the job that does it.

    Raises what `undo_change` does.
    """
    counted = select(func.count()).where(Event.change_id == change_id)
    count = uow.session.scalar(counted) or 0
    if count <= BATCH:
        return undo_change(uow, change_id)
    _check_undo(uow, change_id, _events(uow, change_id, None, 1))
    key = f"undo {change_id}"
    return uow.enqueue("undo_change", key=key, change_id=change_id, events=count)


def _check_undo(uow: UnitOfWork, change_id: str, events: list[Event]) -> None:
    """Raise where there is nothing to undo, or not for the actor."""
    if not events or _is_undone(uow, change_id):
        raise NothingToUndoError
    is_mine = all(event.actor_id == uow.actor.id for event in events)
    if not is_mine and not uow.actor.can_be(Role.MANAGER):
        raise OthersChangeError


def _events(
    uow: UnitOfWork, change_id: str, before: int | None, limit: int
) -> list[Event]:
    query = select(Event).where(Event.change_id == change_id)
    if before is not None:
        query = query.where(Event.id < before)
    return list(uow.session.scalars(query.order_by(Event.id.desc()).limit(limit)))


def _is_undone(uow: UnitOfWork, change_id: str) -> bool:
    entities = select(Event.entity, Event.record_id).where(Event.change_id == change_id)
    entity, record_id = uow.session.execute(entities.limit(1)).one()
    found = select(Event.id).where(
        Event.entity == entity,
        Event.record_id == record_id,
        Event.undoes == change_id,
    )
    return uow.session.scalar(found.limit(1)) is not None


def _load(uow: UnitOfWork, kind: type[Any], events: list[Event]) -> dict[int, Any]:
    noun = kind.__tablename__
    ids = {event.record_id for event in events if event.entity == noun}
    if not ids:
        return {}
    query = select(kind).where(kind.id.in_(ids))
    if kind is Lead:
        query = query.where(in_scope(uow, Lead.owner_id, Lead.team_id))
    if kind is Contact:
        query = query.where(contacts_in_scope(uow))
    found = uow.session.scalars(uow.locked(query.order_by(kind.id)))
    return {record.id: record for record in found}


def _undo_event(
    uow: UnitOfWork, record: Lead | Contact | None, event: Event, undone: Undone
) -> None:
    if record is not None and "attachment_id" in event.values:
        if undo_file(uow, record, event.values):
            undone.records += 1
        else:
            kept = Kept(event.entity, record.id, record.name, (event.kind,))
            undone.kept.append(kept)
    elif isinstance(record, Lead):
        _undo_lead(uow, record, event, undone)
    elif isinstance(record, Contact):
        _undo_contact(uow, record, event, undone)
    elif event.entity == "setting":
        _undo_setting(uow, event, undone)
    elif event.entity == "stage":
        _undo_stage(uow, event, undone)


def _undo_merge(uow: UnitOfWork, lead: Lead, event: Event, undone: Undone) -> None:
    """Take a merge back at the event of its master, which is the last of it."""
    if "merged_ids" in event.values:
        merge = merge_of_change(uow, event.change_id, lead)
        unmerged = unmerge_leads(uow, merge)
        undone.records += 1 + len(unmerged.lead_ids)
        if unmerged.kept:
            undone.kept.append(Kept("lead", lead.id, lead.name, unmerged.kept))


def _undo_lead(uow: UnitOfWork, lead: Lead, event: Event, undone: Undone) -> None:
    if event.kind == "lead.merged":
        _undo_merge(uow, lead, event, undone)
        return
    if event.kind == "lead.unmerged" or lead.merged_into_id is not None:
        undone.kept.append(Kept("lead", lead.id, lead.name, (event.kind,)))
        return
    if event.kind == "lead.created":
        _undo_creation(uow, lead, event, undone)
        return
    if event.kind.startswith("activity.") or event.kind == "lead.noted":
        _undo_activity(uow, lead, event, undone)
        return
    if event.kind.startswith("message."):
        _undo_mail(uow, lead, event, undone)
        return
    back, stays = ways_back(uow, lead, event)
    if back:
        revert_lead(uow, lead, back)
        undone.records += 1
    if stays:
        undone.kept.append(Kept("lead", lead.id, lead.name, stays))


def _undo_mail(uow: UnitOfWork, lead: Lead, event: Event, undone: Undone) -> None:
    """Hold back a mail that waits; one that has gone out is named."""
    if event.kind == "message.written" and undo_message(uow, lead, event.values):
        undone.records += 1
    else:
        undone.kept.append(Kept("lead", lead.id, lead.name, (event.kind,)))


def _undo_activity(uow: UnitOfWork, lead: Lead, event: Event, undone: Undone) -> None:
    if _take_back_activity(uow, lead, event):
        undone.records += 1
    else:
        undone.kept.append(Kept("lead", lead.id, lead.name, (event.kind,)))


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
            back, stays = split_fields(activity, event)
            named = {n: v for n, v in back.items() if v is not None or n not in _NAMES}
            edit_activity(uow, lead, activity, named)
            return not stays or bool(named)
        case _:
            return False
    return True


def _undo_creation(uow: UnitOfWork, lead: Lead, event: Event, undone: Undone) -> None:
    if _is_changed_since(uow, event, lead.version):
        undone.kept.append(Kept("lead", lead.id, lead.name, ()))
    elif lead.deleted_at is None:
        delete_lead(uow, lead)
        undone.records += 1


def _is_changed_since(uow: UnitOfWork, event: Event, version: int) -> bool:
    """Whether a record was changed after `event` by what was not taken back."""
    if version == event.version:
        return False
    later = uow.session.execute(
        select(Event.change_id, Event.undoes).where(
            Event.entity == event.entity,
            Event.record_id == event.record_id,
            Event.version > event.version,
        )
    ).all()
    taken_back = {undoes for _, undoes in later if undoes is not None}
    return any(
        undoes is None and change_id not in taken_back for change_id, undoes in later
    )


def _undo_contact(
    uow: UnitOfWork, contact: Contact, event: Event, undone: Undone
) -> None:
    if event.kind == "contact.deleted":
        recall_contact(uow, contact)
        undone.records += 1
    elif event.kind == "contact.created":
        if _is_changed_since(uow, event, contact.version):
            undone.kept.append(Kept("contact", contact.id, contact.name, ()))
        elif contact.deleted_at is None:
            delete_contact(uow, contact)
            undone.records += 1
    elif event.kind == "contact.changed":
        back, stays = ways_back(uow, contact, event)
        if back:
            edit_contact(uow, contact, back)
            undone.records += 1
        if stays:
            undone.kept.append(Kept("contact", contact.id, contact.name, stays))


def _undo_stage(uow: UnitOfWork, event: Event, undone: Undone) -> None:
    """Bring an archived stage back, or give a changed one its values back."""
    stage = get_stage(uow, event.record_id, archived=True)
    if event.kind == "stage.archived" and stage.archived_at is not None:
        restore_stage(uow, stage)
        undone.records += 1
        return
    back, stays = split_fields(stage, event)
    if event.kind == "stage.changed" and back:
        known = {name: getattr(stage, name) for name in StageDraft.model_fields}
        edit_stage(uow, stage, StageDraft(**{**known, **back}))
        undone.records += 1
    elif not stays:
        stays = (event.kind,)
    if stays:
        undone.kept.append(Kept("stage", stage.id, stage.name, stays))


def _undo_setting(uow: UnitOfWork, event: Event, undone: Undone) -> None:
    for name, (old, new) in event.values.items():
        if take_back_setting(uow, name, old, new):
            undone.records += 1
        else:
            undone.kept.append(Kept("setting", event.record_id, name, (name,)))
