"""Fields and layouts for scripts, below /api/v1/p/studio_fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import CustomFieldDraft, RecordId, Role, list_custom_fields
from crmkit.web import json_answer, work
from crmkit_studio_fields.demands import list_demands
from crmkit_studio_fields.fields import make_field
from crmkit_studio_fields.layouts import (
    GroupDraft,
    LayoutDraft,
    Place,
    save_layout,
    shown_groups,
)
from crmkit_studio_fields.sets import FieldSet, apply_set, export_set

if TYPE_CHECKING:
    from crmkit.core import CustomField

routes = APIRouter(tags=["studio_fields"])
Entity = Literal["lead", "contact"]


class Asked(BaseModel):
    """Fields of an entity, in the layout of a team."""

    entity: Entity = "lead"
    team_id: RecordId | None = None


class StudioField(BaseModel):
    """A field with the group it stands in and the stage that needs it."""

    id: int
    entity: Entity
    slug: str
    label: str
    type: str
    help: str
    choices: list[str]
    is_required: bool
    is_indexed: bool
    is_unique: bool
    is_searched: bool
    default: Any
    source: str
    team_ids: list[int]
    lowest_role: str
    group: str
    needed_from: int | None


class StudioFields(BaseModel):
    """Fields in the order of the form."""

    items: list[StudioField]


class StudioLayout(BaseModel):
    """The groups of a form."""

    entity: Entity
    team_id: int | None
    groups: list[GroupDraft]


class StudioApplied(BaseModel):
    """The names of fields that a set made, changed and left as they are."""

    made: list[str]
    changed: list[str]
    same: list[str]


def _described(field: CustomField, group: str, needed: int | None) -> dict[str, Any]:
    names = set(StudioField.model_fields) - {"group", "needed_from"}
    values = {name: getattr(field, name) for name in names}
    return {**values, "group": group, "needed_from": needed}


@routes.get("/fields", response_model=StudioFields)
def list_fields(request: Request, asked: Annotated[Asked, Query()]) -> Response:
    """The fields that were made here, in the order of the form."""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        known = {field.slug: field for field in list_custom_fields(uow, asked.entity)}
        demands = list_demands(uow) if asked.entity == "lead" else {}
        groups = shown_groups(uow, Place(asked.entity, asked.team_id))
        items = [
            _described(known[slug], group.label, demands.get(slug))
            for group in groups
            for slug in group.fields
        ]
        return json_answer({"items": items})


@routes.post("/fields", status_code=201, response_model=StudioField)
def add(request: Request, draft: CustomFieldDraft) -> Response:
    """A new field."""
    with work(request) as uow:
        return json_answer(_described(make_field(uow, draft), "", None), status=201)


@routes.get("/layouts/{entity}", response_model=StudioLayout)
def read_layout(
    request: Request, entity: Entity, team_id: RecordId | None = None
) -> Response:
    """The groups of a form."""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        groups = shown_groups(uow, Place(entity, team_id))
        shown = [{"label": g.label, "fields": list(g.fields)} for g in groups]
        return json_answer({"entity": entity, "team_id": team_id, "groups": shown})


@routes.put("/layouts/{entity}", response_model=StudioLayout)
def write_layout(request: Request, entity: Entity, draft: LayoutDraft) -> Response:
    """Arrange a form."""
    with work(request) as uow:
        layout = save_layout(uow, Place(entity, draft.team_id), draft.groups)
        return json_answer(
            {"entity": entity, "team_id": draft.team_id, "groups": layout.groups}
        )


@routes.get("/set", response_model=FieldSet)
def read_fields_set(request: Request) -> Response:
    """All fields and layouts as one set, as `crmkit studio export` writes it."""
    with work(request) as uow:
        return json_answer(export_set(uow))


@routes.post("/set", response_model=StudioApplied)
def apply_fields_set(request: Request, wanted: FieldSet) -> Response:
    """Make or change what the set names; nothing is deleted."""
    with work(request) as uow:
        done = apply_set(uow, wanted)
        said = {"made": done.made, "changed": done.changed, "same": done.same}
        return json_answer(said)
