"""Definitions of custom fields: one row each, a slug that never changes."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Index, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crmkit.core.custom.checking import check_draft
from crmkit.core.custom.described import CustomFieldDraft, Definition
from crmkit.core.db import Base
from crmkit.core.edits import Based, apply_edit
from crmkit.core.errors import CrmError, NotFoundError, mark
from crmkit.core.events import Fact, record
from crmkit.core.field_types import FieldType
from crmkit.core.ledger import FIELD, note_objects
from crmkit.core.revisions import SETUP, raise_revision
from crmkit.core.types import JsonText, choice
from crmkit.core.uow import Role
from crmkit.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crmkit.core.events import Values
    from crmkit.core.uow import UnitOfWork

MOST_FIELDS = 400
_FIXED = {"entity", "slug", "type", "source"}


class CustomField(Base):
    """A field that an admin or a plugin made; deleted ones only hide."""

    __tablename__ = "custom_field"
    __table_args__ = (
        Index("uq_custom_field_entity_slug", "entity", "slug", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    entity: Mapped[str] = mapped_column(String(24))
    slug: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(String(120))
    help: Mapped[str] = mapped_column(String(500), default="")
    type: Mapped[FieldType] = mapped_column(choice(FieldType))
    choices: Mapped[list[str]] = mapped_column(JSON)
    is_required: Mapped[bool] = mapped_column(default=False)
    is_indexed: Mapped[bool] = mapped_column(default=False)
    is_unique: Mapped[bool] = mapped_column(default=False)
    is_searched: Mapped[bool] = mapped_column(default=False)
    default: Mapped[Any] = mapped_column(JsonText, nullable=True)
    source: Mapped[str] = mapped_column(String(130), default="")
    team_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    lowest_role: Mapped[Role] = mapped_column(choice(Role), default=Role.OWN)
    position: Mapped[int]
    plugin_id: Mapped[str | None] = mapped_column(String(24))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class TakenFieldError(CrmError):
    """The entity has a field of that slug, maybe a hidden one."""

    def __init__(self, slug: str) -> None:
        super().__init__(
            mark("There is a field “{name}” already, maybe a deleted one."),
            field="slug",
            name=slug,
        )


class TooManyFieldsError(CrmError):
    """An entity has as many fields as it can have."""

    def __init__(self) -> None:
        super().__init__(
            mark("There are {count} fields already; delete one first."),
            count=MOST_FIELDS,
        )


class FixedPartError(CrmError):
    """What a field is called by scripts, and its type, never change."""

    def __init__(self, name: str) -> None:
        super().__init__(
            mark("“{name}” of a field cannot be changed; make a new field instead."),
            field=name,
            name=name,
        )


def list_custom_fields(
    uow: UnitOfWork, entity: str | None = None, *, deleted: bool = False
) -> list[CustomField]:
    """The custom fields in their order; with `deleted` those that hide instead."""
    is_there = CustomField.deleted_at.is_(None)
    query = select(CustomField).where(~is_there if deleted else is_there)
    if entity is not None:
        query = query.where(CustomField.entity == entity)
    ordered = query.order_by(CustomField.entity, CustomField.position, CustomField.id)
    return list(uow.session.scalars(ordered))


def get_field(uow: UnitOfWork, field_id: int) -> CustomField:
    """The custom field of that id, hidden or not, for admins."""
    uow.require(Role.ADMIN)
    found = uow.session.scalar(
        uow.locked(select(CustomField).where(CustomField.id == field_id))
    )
    if found is None:
        raise NotFoundError("field", field_id)
    return found


def read_definitions(session: Session) -> tuple[Definition, ...]:
    """Every field that does not hide, in order."""
    rows = session.scalars(
        select(CustomField)
        .where(CustomField.deleted_at.is_(None))
        .order_by(CustomField.position, CustomField.id)
    )
    return tuple(describe(row) for row in rows)


def describe(field: CustomField) -> Definition:
    """What units remember of a field."""
    return Definition(
        field.id,
        field.entity,
        field.slug,
        field.label,
        field.help,
        field.type,
        tuple(field.choices),
        field.is_required,
        field.is_indexed,
        field.lowest_role,
        field.plugin_id,
        field.is_unique,
        field.is_searched,
        field.default,
        field.source,
        tuple(field.team_ids),
    )


def new_slug(uow: UnitOfWork, entity: str, label: str) -> str:
    """A slug that fits `label` and that no field of the entity has, hidden or not."""
    plain = re.sub(r"[^a-z0-9]+", "_", fold(label)).strip("_")
    base = (plain if plain[:1].isalpha() else f"field_{plain}").strip("_")[:36]
    known = select(CustomField.slug).where(CustomField.entity == entity)
    taken = {*uow.catalogue.fields[entity], *uow.session.scalars(known)}
    names = [base, *(f"{base}_{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def add_field(
    uow: UnitOfWork, draft: CustomFieldDraft, *, plugin_id: str | None = None
) -> CustomField:
    """A new field, there for every process from its next unit on.

    Raises TakenFieldError where the entity has a field of that slug.
    """
    uow.require(Role.ADMIN)
    check_draft(uow, draft)
    known = select(CustomField.slug).where(CustomField.entity == draft.entity)
    slugs = set(uow.session.scalars(known))
    if draft.slug in slugs or draft.slug in uow.catalogue.fields[draft.entity]:
        raise TakenFieldError(draft.slug)
    if len(slugs) >= MOST_FIELDS:
        raise TooManyFieldsError
    now = uow.now()
    values = draft.model_dump(mode="json") | {"type": draft.type}
    values["lowest_role"] = draft.lowest_role
    values["position"] = _place(uow, draft)
    field = CustomField(
        **values,
        plugin_id=plugin_id,
        created_at=now,
        updated_at=now,
    )
    uow.session.add(field)
    uow.session.flush()
    if plugin_id is not None:
        names = [f"{field.entity}.{field.slug}"]
        note_objects(uow.session.connection(), plugin_id, FIELD, names)
    said = {name: (None, value) for name, value in values.items()}
    record(uow, [Fact("field.created", "custom_field", field.id, 1, said)])
    raise_revision(uow, SETUP)
    _prepare(uow, field, ())
    return field


def _place(uow: UnitOfWork, draft: CustomFieldDraft) -> int:
    """The position that is asked for, or the one behind every field."""
    if draft.position is not None:
        return draft.position
    return (uow.session.scalar(select(func.max(CustomField.position))) or 0) + 1


def _prepare(uow: UnitOfWork, field: CustomField, changed: Iterable[str]) -> None:
    """Start the jobs that a field takes: an index, or words of every record anew."""
    if field.is_unique and not field.is_indexed:
        uow.enqueue("index_field", key=str(field.id), field_id=field.id)
    if "is_searched" in changed:
        uow.enqueue("rebuild_search", key="fields")


def edit_field(
    uow: UnitOfWork,
    field: CustomField,
    changes: Mapping[str, Any],
    based_on: Based = None,
) -> None:
    """Change what may change of a field: label, help, choices, who sees it, position.

    A position of None puts it behind every other. Raises FixedPartError for its entity,
    slug and type.
    """
    uow.require(Role.ADMIN)
    for name in _FIXED & changes.keys():
        raise FixedPartError(name)
    current = {name: getattr(field, name) for name in CustomFieldDraft.model_fields}
    draft = CustomFieldDraft(**{**current, **changes})
    check_draft(uow, draft, describe(field))
    dumped = draft.model_dump(mode="json") | {"lowest_role": draft.lowest_role}
    dumped["position"] = _place(uow, draft)
    values = {name: dumped[name] for name in changes}
    changed = apply_edit(uow, "custom_field", field, values, based_on)
    if changed:
        save_field(uow, field, "field.changed", changed)
        _prepare(uow, field, changed)


def hide_field(uow: UnitOfWork, field: CustomField) -> None:
    """Take a field out of every form, list and filter; its values stay."""
    if field.deleted_at is None:
        field.deleted_at = uow.now()
        save_field(uow, field, "field.deleted", {})


def recall_field(uow: UnitOfWork, field: CustomField) -> None:
    """Show a hidden field again, with the values that records had."""
    if field.deleted_at is not None:
        field.deleted_at = None
        save_field(uow, field, "field.restored", {})


def save_field(uow: UnitOfWork, field: CustomField, kind: str, changed: Values) -> None:
    """Store a changed field; every process knows it from its next unit on."""
    field.version += 1
    field.updated_at = uow.now()
    uow.session.flush()
    record(uow, [Fact(kind, "custom_field", field.id, field.version, changed)])
    raise_revision(uow, SETUP)
