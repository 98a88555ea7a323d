"""Taking back what happened to contacts, stages, fields, settings, sample data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from crmkit.core.attachments import undo_file
from crmkit.core.contacts import (
    Contact,
    contacts_in_scope,
    delete_contact,
    edit_contact,
    recall_contact,
)
from crmkit.core.custom.definitions import (
    CustomField,
    edit_field,
    hide_field,
    recall_field,
)
from crmkit.core.errors import NotFoundError
from crmkit.core.samples import Sample, recall_sample, remove_sample
from crmkit.core.stages import (
    StageDraft,
    StageInUseError,
    archive_stage,
    edit_stage,
    get_stage,
    restore_stage,
)
from crmkit.core.stored_settings import take_back_setting
from crmkit.core.undo.undoable import TakenBack, Undoable, is_changed_since, stays
from crmkit.core.uow import Role
from crmkit.core.ways_back import split_fields, ways_back

if TYPE_CHECKING:
    from crmkit.core.events import Event
    from crmkit.core.stages import Stage
    from crmkit.core.uow import UnitOfWork


def _load_contacts(uow: UnitOfWork, ids: set[int]) -> dict[int, Contact]:
    query = select(Contact).where(Contact.id.in_(ids), contacts_in_scope(uow))
    rows = uow.session.scalars(uow.locked(query.order_by(Contact.id)))
    found = {contact.id: contact for contact in rows}
    for missing in ids - found.keys():
        raise NotFoundError("contact", missing)
    return found


def _take_back_contact(uow: UnitOfWork, contact: Contact, event: Event) -> TakenBack:
    if "attachment_id" in event.values:
        is_done = undo_file(uow, contact, event.values)
        return TakenBack(contact.name) if is_done else stays(contact.name, event.kind)
    match event.kind:
        case "contact.deleted":
            recall_contact(uow, contact)
        case "contact.created" if is_changed_since(uow, event, contact.version):
            return stays(contact.name, event.kind)
        case "contact.created" if contact.deleted_at is None:
            delete_contact(uow, contact)
        case "contact.changed":
            back, kept = ways_back(uow, contact, event)
            records = int(bool(back))
            if back:
                edit_contact(uow, contact, back)
            return TakenBack(contact.name, records, kept)
        case _:
            return stays(contact.name)
    return TakenBack(contact.name)


def _load_stages(uow: UnitOfWork, ids: set[int]) -> dict[int, Stage]:
    return {one: get_stage(uow, one, archived=True) for one in sorted(ids)}


def _take_back_stage(uow: UnitOfWork, stage: Stage, event: Event) -> TakenBack:
    """Bring a stage back, take a new one out, give a changed one its values."""
    if event.kind == "stage.created" and stage.archived_at is None:
        try:
            archive_stage(uow, stage)
        except StageInUseError:
            return stays(stage.name, event.kind)
        return TakenBack(stage.name)
    if event.kind == "stage.archived" and stage.archived_at is not None:
        restore_stage(uow, stage)
        return TakenBack(stage.name)
    back, kept = split_fields(stage, event)
    if event.kind != "stage.changed" or not back:
        return stays(stage.name, *(kept or (event.kind,)))
    known = {name: getattr(stage, name) for name in StageDraft.model_fields}
    edit_stage(uow, stage, StageDraft(**{**known, **back}))
    return TakenBack(stage.name, kept=kept)


def _load_fields(uow: UnitOfWork, ids: set[int]) -> dict[int, CustomField]:
    uow.require(Role.ADMIN)
    query = select(CustomField).where(CustomField.id.in_(ids)).order_by(CustomField.id)
    return {field.id: field for field in uow.session.scalars(uow.locked(query))}


def _take_back_field(uow: UnitOfWork, field: CustomField, event: Event) -> TakenBack:
    """Hide a new field, show a hidden one, or give a changed one its values back."""
    match event.kind.partition(".")[2]:
        case "created" if not is_changed_since(uow, event, field.version):
            hide_field(uow, field)
        case "restored" if field.deleted_at is None:
            hide_field(uow, field)
        case "deleted" if field.deleted_at is not None:
            recall_field(uow, field)
        case "changed":
            back, kept = split_fields(field, event)
            if back:
                edit_field(uow, field, back)
            return TakenBack(field.label, min(len(back), 1), kept)
        case _:
            return stays(field.label, event.kind)
    return TakenBack(field.label)


def _load_settings(uow: UnitOfWork, ids: set[int]) -> dict[int, None]:
    del uow  # each is checked as it is given back
    return dict.fromkeys(ids)


def _take_back_settings(uow: UnitOfWork, _: None, event: Event) -> TakenBack:
    kept = tuple(
        name
        for name, (old, new) in event.values.items()
        if not take_back_setting(uow, name, old, new)
    )
    return TakenBack(", ".join(kept), len(event.values) - len(kept), kept)


def _load_samples(uow: UnitOfWork, ids: set[int]) -> dict[int, Sample]:
    uow.require(Role.MANAGER)
    query = select(Sample).where(Sample.id.in_(ids))
    return {one.id: one for one in uow.session.scalars(uow.locked(query))}


def _take_back_sample(uow: UnitOfWork, sample: Sample, event: Event) -> TakenBack:
    if event.kind == "sample.added":
        removed = remove_sample(uow)
        return TakenBack(", ".join(removed.kept), removed.records, tuple(removed.kept))
    recall_sample(uow, sample)
    return TakenBack("", 0)


CONTACTS = Undoable(_load_contacts, _take_back_contact)
STAGES = Undoable(_load_stages, _take_back_stage)
FIELDS = Undoable(_load_fields, _take_back_field)
SETTINGS = Undoable(_load_settings, _take_back_settings)
SAMPLES = Undoable(_load_samples, _take_back_sample)
