"""Layouts: the groups that an entity's own fields stand in, and their order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StringConstraints
from sqlalchemy import select

from crmkit.core import (
    Draft,
    Fact,
    RecordId,
    Role,
    arranged,
    fields_of,
    get_team,
    record,
)
from crmkit.hooks import FieldGroup
from crmkit_studio_fields.tables import Layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core import UnitOfWork

Slug = Annotated[str, StringConstraints(min_length=1, max_length=40)]


class GroupDraft(Draft):
    """A group as it comes through a door: a label, and the names of its fields."""

    label: str = Field(default="", max_length=120)
    fields: tuple[Slug, ...] = Field(default=(), max_length=200)


class LayoutDraft(Draft):
    """The groups of an entity's fields, for a team or for all without one of their own.

    A field that no group names stands at the end.
    """

    team_id: RecordId | None = None
    groups: tuple[GroupDraft, ...] = Field(default=(), max_length=50)


@dataclass(frozen=True, slots=True)
class Place:
    """Which layout: of an entity, for a team or for all."""

    entity: str
    team_id: int | None = None


def find_layout(uow: UnitOfWork, place: Place) -> Layout | None:
    """The layout of exactly that place, if there is one."""
    query = select(Layout).where(
        Layout.entity == place.entity,
        Layout.team_id.is_not_distinct_from(place.team_id),
    )
    return uow.session.scalars(uow.locked(query.order_by(Layout.id))).first()


def groups_for(
    uow: UnitOfWork, entity: str, team_id: int | None
) -> list[FieldGroup] | None:
    """The groups that records of a team are shown with; None where nobody chose any."""
    own = Layout.team_id == team_id
    query = (
        select(Layout)
        .where(Layout.entity == entity, own | Layout.team_id.is_(None))
        .order_by(Layout.team_id.is_(None), Layout.id)
    )
    found = uow.session.scalars(query).first()
    return None if found is None else _groups(found)


def _groups(layout: Layout) -> list[FieldGroup]:
    return [FieldGroup(g["label"], tuple(g["fields"])) for g in layout.groups]


def shown_groups(uow: UnitOfWork, place: Place) -> list[FieldGroup]:
    """Every field of the entity in the groups of a place, the ungrouped ones last."""
    names = [f.name for f in fields_of(uow, place.entity).values() if f.is_custom]
    return arranged(uow, place.entity, place.team_id, names)


def save_layout(uow: UnitOfWork, place: Place, groups: Sequence[GroupDraft]) -> Layout:
    """Keep `groups` as the layout of a place; a field stands in the first naming it."""
    uow.require(Role.ADMIN)
    if place.team_id is not None:
        get_team(uow, place.team_id)
    layout, old = find_layout(uow, place), None
    if layout is None:
        layout = Layout(
            entity=place.entity, team_id=place.team_id, version=0, groups=[]
        )
        uow.session.add(layout)
    else:
        old = layout.groups
    new = _each_once(groups)
    if old == new:
        return layout
    layout.groups = new
    layout.version += 1
    layout.updated_at = uow.now()
    uow.session.flush()
    values = {"groups": (old, new)}
    kind = "studio_fields.arranged"
    record(uow, [Fact(kind, "layout", layout.id, layout.version, values)])
    return layout


def _each_once(groups: Sequence[GroupDraft]) -> list[dict[str, object]]:
    seen: set[str] = set()
    kept: list[dict[str, object]] = []
    for group in groups:
        own = [name for name in dict.fromkeys(group.fields) if name not in seen]
        seen.update(own)
        kept.append({"label": group.label, "fields": own})
    return kept


def _drafts(uow: UnitOfWork, place: Place) -> list[GroupDraft]:
    return [
        GroupDraft(label=group.label, fields=group.fields)
        for group in shown_groups(uow, place)
    ]


def put_field(uow: UnitOfWork, place: Place, slug: str, label: str) -> None:
    """Put a field at the end of the group `label`, which is made if it is new."""
    groups = _drafts(uow, place)
    if any(group.label == label and slug in group.fields for group in groups):
        return
    left = [
        group.model_copy(update={"fields": tuple(f for f in group.fields if f != slug)})
        for group in groups
    ]
    if label not in {group.label for group in left}:
        left.append(GroupDraft(label=label))
    put = [
        group.model_copy(update={"fields": (*group.fields, slug)})
        if group.label == label
        else group
        for group in left
    ]
    save_layout(uow, place, [group for group in put if group.fields])


def shift_field(uow: UnitOfWork, place: Place, slug: str, step: int) -> None:
    """Move a field one place up (-1) or down (1), at a group's edge into the next."""
    groups = _drafts(uow, place)
    here = next((n for n, g in enumerate(groups) if slug in g.fields), None)
    if here is None:
        return
    fields = list(groups[here].fields)
    at = fields.index(slug)
    fields.remove(slug)
    if 0 <= at + step <= len(fields):
        fields.insert(at + step, slug)
    elif 0 <= here + step < len(groups):
        near = list(groups[here + step].fields)
        near.insert(len(near) if step < 0 else 0, slug)
        changed = groups[here + step].model_copy(update={"fields": tuple(near)})
        groups[here + step] = changed
    else:
        return
    groups[here] = groups[here].model_copy(update={"fields": tuple(fields)})
    save_layout(uow, place, [group for group in groups if group.fields])


def rename_group(uow: UnitOfWork, place: Place, old: str, new: str) -> None:
    """Give a group another label; where there is one of that name both become one."""
    groups = _drafts(uow, place)
    merged: dict[str, tuple[str, ...]] = {}
    for group in groups:
        label = new if group.label == old else group.label
        merged[label] = (*merged.get(label, ()), *group.fields)
    save_layout(
        uow, place, [GroupDraft(label=one, fields=own) for one, own in merged.items()]
    )
