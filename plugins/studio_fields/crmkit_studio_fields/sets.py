"""A set of fields as one file: written from one system, applied to another.

Applying is safe to repeat: what is there already and the same is left alone, what
differs is changed, and nothing is deleted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, ValidationError
from sqlalchemy import select

from crmkit.core import (
    CrmError,
    CustomFieldDraft,
    Draft,
    Role,
    edit_field,
    list_custom_fields,
    list_stages,
    list_teams,
    mark,
    recall_field,
)
from crmkit_studio_fields.demands import list_demands, set_demand
from crmkit_studio_fields.fields import make_field
from crmkit_studio_fields.layouts import GroupDraft, Place, save_layout
from crmkit_studio_fields.tables import Layout

if TYPE_CHECKING:
    from crmkit.core import CustomField, UnitOfWork

_KEPT = (
    "entity slug label type help choices is_required is_unique is_searched default "
    "source lowest_role position"
).split()


class FieldOfSet(CustomFieldDraft):
    """A field of a set; stages and teams of leads are called by their names."""

    needed_from: str | None = None
    teams: tuple[str, ...] = ()


class LayoutOfSet(Draft):
    """A layout of a set; a team is called by its name."""

    entity: Literal["lead", "contact"]
    team: str | None = None
    groups: tuple[GroupDraft, ...] = ()


class FieldSet(Draft):
    """All that the studio made, as a file holds it."""

    version: Literal[1] = 1
    fields: tuple[FieldOfSet, ...] = Field(default=(), max_length=400)
    layouts: tuple[LayoutOfSet, ...] = Field(default=(), max_length=200)


class NoSetError(CrmError):
    """A file holds no set of fields."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            mark("This is no set of fields: {reason}."), field="set", reason=reason
        )


class OtherTypeError(CrmError):
    """A field is there already with another type, which never changes."""

    def __init__(self, slug: str, is_type: str, wanted: str) -> None:
        super().__init__(
            mark("“{slug}” is of type {there} here and {wanted} in the set."),
            slug=slug,
            there=is_type,
            wanted=wanted,
        )


class NoSuchNameError(CrmError):
    """A set names a stage or team that is not here."""

    def __init__(self, name: str) -> None:
        super().__init__(mark("There is no stage or team “{name}” here."), name=name)


@dataclass(slots=True)
class Applied:
    """What a set came to: the names of fields made, changed, and left as they are."""

    made: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)


def export_set(uow: UnitOfWork) -> dict[str, Any]:
    """Every field that does not hide, and every layout, as JSON holds it."""
    uow.require(Role.ADMIN)
    stages = {stage.id: stage.name for stage in list_stages(uow)}
    teams = {team.id: team.name for team in list_teams(uow)}
    demands = list_demands(uow)
    fields = []
    for one in list_custom_fields(uow):
        values = {name: getattr(one, name) for name in _KEPT}
        needed = demands.get(one.slug) if one.entity == "lead" else None
        own = [teams[number] for number in one.team_ids if number in teams]
        values |= {"needed_from": stages.get(needed or 0), "teams": own}
        fields.append(values)
    layouts = [
        {
            "entity": layout.entity,
            "team": teams.get(layout.team_id or 0),
            "groups": layout.groups,
        }
        for layout in uow.session.scalars(select(Layout).order_by(Layout.id))
        if layout.team_id is None or layout.team_id in teams
    ]
    return {"version": 1, "fields": fields, "layouts": layouts}


def read_set(text: str | bytes) -> FieldSet:
    """The set that a file's text holds. Raises NoSetError, which says what is wrong."""
    try:
        return FieldSet.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise NoSetError(
            f"{where}: {first['msg']}" if where else first["msg"]
        ) from None


def apply_set(uow: UnitOfWork, wanted: FieldSet) -> Applied:
    """Make or change what the set names; nothing is deleted."""
    uow.require(Role.ADMIN)
    known = {(f.entity, f.slug): f for f in list_custom_fields(uow)}
    hidden = {(f.entity, f.slug): f for f in list_custom_fields(uow, deleted=True)}
    stages = {stage.name: stage.id for stage in list_stages(uow)}
    teams = {team.name: team.id for team in list_teams(uow)}
    applied = Applied()
    # What a related field goes through comes before it.
    for named in sorted(wanted.fields, key=lambda one: one.source.count(".")):
        numbers = tuple(_id_of(teams, name) for name in named.teams)
        one = named.model_copy(update={"team_ids": numbers})
        key = (one.entity, one.slug)
        there = known.get(key) or hidden.get(key)
        made = there or make_field(uow, _plain(one))
        how = applied.made if there is None else _follow(uow, made, one, applied)
        if one.entity == "lead":
            before = list_demands(uow).get(one.slug)
            needed = _id_of(stages, one.needed_from)
            set_demand(uow, made, needed)
            if before != needed and how is applied.same:
                how = applied.changed
        how.append(one.slug)
    _apply_layouts(uow, wanted)
    return applied


_BY_NAME = {"needed_from", "teams"}


def _plain(one: FieldOfSet) -> CustomFieldDraft:
    return CustomFieldDraft(**one.model_dump(exclude=_BY_NAME))


def _follow(
    uow: UnitOfWork, there: CustomField, one: FieldOfSet, applied: Applied
) -> list[str]:
    """Bring a field that is there to what the set says; the list it belongs to."""
    if there.type is not one.type:
        raise OtherTypeError(one.slug, there.type, one.type)
    before, was_hidden = there.version, there.deleted_at is not None
    recall_field(uow, there)
    fixed = {"entity", "slug", "type", "source"}
    changes = one.model_dump(exclude=_BY_NAME | fixed)
    if one.position is None:
        del changes["position"]
    edit_field(uow, there, changes)
    is_same = there.version == before and not was_hidden
    return applied.same if is_same else applied.changed


def _apply_layouts(uow: UnitOfWork, wanted: FieldSet) -> None:
    teams = {team.name: team.id for team in list_teams(uow)}
    for layout in wanted.layouts:
        place = Place(layout.entity, _id_of(teams, layout.team))
        save_layout(uow, place, layout.groups)


def _id_of(known: dict[str, int], name: str | None) -> int | None:
    if name is None:
        return None
    if name not in known:
        raise NoSuchNameError(name)
    return known[name]
