"""The pages of the studio: the form as it is arranged, and each field."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, Field, TypeAdapter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crmkit.core import (
    CrmError,
    CustomFieldDraft,
    FieldType,
    Role,
    edit_field,
    get_field,
    get_team,
    list_custom_fields,
    list_field_uses,
    list_stages,
    list_teams,
    mark,
    new_slug,
)
from crmkit.web import sentence, settings_page, work
from crmkit_studio_fields.defaults import options_for, read_default, write_default
from crmkit_studio_fields.demands import list_demands, set_demand
from crmkit_studio_fields.fields import (
    ENTITIES,
    PLUGIN,
    TYPES,
    check_typed,
    list_broken,
    list_related,
    make_field,
)
from crmkit_studio_fields.layouts import (
    GroupDraft,
    Place,
    put_field,
    rename_group,
    save_layout,
    shift_field,
    shown_groups,
)

if TYPE_CHECKING:
    from crmkit.core import CustomField, UnitOfWork

routes = APIRouter()

HERE = "/p/studio_fields/fields"
_groups = TypeAdapter(list[GroupDraft])


class NoSuchEntityError(CrmError):
    """Only leads and contacts have fields of one's own."""

    status = HTTPStatus.NOT_FOUND

    def __init__(self) -> None:
        super().__init__(mark("Leads and contacts have fields here."))


class LayoutSentError(CrmError):
    """The page sent an arrangement that is none."""

    def __init__(self) -> None:
        super().__init__(mark("This arrangement cannot be read; load the page again."))


class Where(BaseModel):
    """Which form is looked at: of an entity, for a team or for all."""

    entity: str = "lead"
    team_id: str = ""

    def place(self) -> Place:
        """The place in the core's words."""
        if self.entity not in ENTITIES:
            raise NoSuchEntityError
        team = int(self.team_id) if self.team_id.isdecimal() else None
        return Place(self.entity, team)

    def to(self) -> Response:
        """Back to the page of this form."""
        query = f"?entity={self.entity}"
        query += f"&team_id={self.team_id}" if self.team_id.isdecimal() else ""
        return RedirectResponse(HERE + query, status_code=HTTPStatus.SEE_OTHER)


class FieldForm(Where):
    """A field as it was typed."""

    label: str = Field(default="", max_length=120)
    slug: str = Field(default="", max_length=40)
    type: FieldType = FieldType.TEXT
    help: str = Field(default="", max_length=500)
    choices: str = Field(default="", max_length=60_000)
    source: str = Field(default="", max_length=130)
    default: str = Field(default="", max_length=20_000)
    is_required: str = ""
    is_unique: str = ""
    is_searched: str = ""
    teams: list[str] = Field(default=[], max_length=50)
    lowest_role: Role = Role.OWN
    group: str = Field(default="", max_length=120)
    stage_id: str = ""

    def values(self, uow: UnitOfWork, kind: FieldType) -> dict[str, Any]:
        """What may change of a field of that type."""
        return {
            "label": self.label,
            "help": self.help,
            "choices": self.choice_list(),
            "default": read_default(uow, kind, self.default),
            "is_required": self.is_required == "on",
            "is_unique": self.is_unique == "on",
            "is_searched": self.is_searched == "on",
            "team_ids": tuple(int(one) for one in self.teams if one.isdecimal()),
            "lowest_role": self.lowest_role,
        }

    def choice_list(self) -> tuple[str, ...]:
        """The choices, one of each line."""
        lines = (line.strip() for line in self.choices.splitlines())
        return tuple(line for line in lines if line)

    def stage(self) -> int | None:
        """The stage from which on a lead needs the field."""
        return int(self.stage_id) if self.stage_id.isdecimal() else None


class GroupForm(Where):
    """A group's label, and the one that it gets."""

    old: str = Field(default="", max_length=120)
    new: str = Field(default="", max_length=120)


class LayoutForm(Where):
    """The whole arrangement, as JSON, after something was dragged."""

    groups: str = "[]"


class ShiftForm(Where):
    """A step of a field: -1 up, 1 down."""

    step: int = 0


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """A group with its fields."""

    label: str
    fields: tuple[CustomField, ...]


def _shown(uow: UnitOfWork, place: Place) -> list[ShownGroup]:
    known = {field.slug: field for field in list_custom_fields(uow, place.entity)}
    return [
        ShownGroup(group.label, tuple(known[name] for name in group.fields))
        for group in shown_groups(uow, place)
    ]


@routes.get("/fields")
def show_studio(request: Request, where: Annotated[Where, Query()]) -> Response:
    """The form with its groups, the types to add, and what is hidden."""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        place = where.place()
        return settings_page(
            request,
            uow,
            "studio_fields/studio.html",
            entity=place.entity,
            entities=ENTITIES,
            team=None if place.team_id is None else get_team(uow, place.team_id),
            teams=list_teams(uow) if place.entity == "lead" else [],
            groups=_shown(uow, place),
            hidden=list_custom_fields(uow, place.entity, deleted=True),
            broken=list_broken(uow, place.entity),
            types=TYPES,
            demands=list_demands(uow),
        )


@routes.get("/fields/new")
def show_new(request: Request, form: Annotated[FieldForm, Query()]) -> Response:
    """The form of a new field."""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        form.place()
        return _field_page(request, uow, form)


def _field_page(
    request: Request,
    uow: UnitOfWork,
    form: FieldForm,
    field: CustomField | None = None,
    error: CrmError | None = None,
) -> Response:
    kind = field.type if field else form.type
    return settings_page(
        request,
        uow,
        "studio_fields/field.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        form=form,
        field=field,
        errors=_sentences(request, uow, error),
        types=TYPES,
        kind=TYPES[kind][0],
        has_choices=kind in {FieldType.CHOICE, FieldType.CHOICES},
        options=options_for(kind),
        sources=_sources(request, uow, form.entity),
        teams=_teams(uow) if form.entity == "lead" else [],
        roles=[(role.value, role.value) for role in Role],
        stages=[(stage.id, stage.name) for stage in list_stages(uow)],
        groups=[group.label for group in _shown(uow, form.place()) if group.label],
        uses=list_field_uses(uow, field) if field else [],
    )


def _tick(is_on: bool) -> str:  # noqa: FBT001  (a box of a form)
    return "on" if is_on else ""


def _teams(uow: UnitOfWork) -> list[tuple[int, str]]:
    return [(team.id, team.name) for team in list_teams(uow)]


def _sources(request: Request, uow: UnitOfWork, entity: str) -> list[tuple[str, str]]:
    """What a related field can show, in words: “Contact / Company / City”."""
    return [
        (source, " / ".join(sentence(request, uow, one.label) for one in path))
        for source, path in list_related(uow, entity)
    ]


def _sentences(
    request: Request, uow: UnitOfWork, error: CrmError | None
) -> dict[str, str]:
    if error is None:
        return {}
    said = error.text(lambda text: sentence(request, uow, text, PLUGIN))
    return {error.field or "label": said}


@routes.post("/fields")
def add(request: Request, form: Annotated[FieldForm, Form()]) -> Response:
    """Make a field, and put it where it was dropped."""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        place = form.place()
        try:
            with uow.session.begin_nested():
                check_typed(form.label, form.slug.strip(), form.choice_list())
                slug = form.slug.strip() or new_slug(uow, place.entity, form.label)
                values = {"entity": place.entity, "slug": slug, "type": form.type}
                values |= {"source": form.source, **form.values(uow, form.type)}
                made = make_field(uow, CustomFieldDraft(**values))
                _settle(uow, form, made)
        except CrmError as error:
            return _field_page(request, uow, form, error=error)
        return form.to()


def _settle(uow: UnitOfWork, form: FieldForm, field: CustomField) -> None:
    """What the studio alone keeps of a field: its group, and when it is needed."""
    put_field(uow, form.place(), field.slug, form.group.strip())
    if field.entity == "lead":
        set_demand(uow, field, form.stage())


@routes.get("/fields/{field_id}")
def show_field(
    request: Request, field_id: int, where: Annotated[Where, Query()]
) -> Response:
    """The form of a field."""
    with work(request) as uow:
        field = get_field(uow, field_id)
        place = Place(field.entity, where.place().team_id)
        groups = shown_groups(uow, place)
        form = FieldForm(
            entity=field.entity,
            team_id=where.team_id,
            label=field.label,
            slug=field.slug,
            type=field.type,
            help=field.help,
            choices="\n".join(field.choices),
            source=field.source,
            default=write_default(field.default),
            is_required=_tick(field.is_required),
            is_unique=_tick(field.is_unique),
            is_searched=_tick(field.is_searched),
            teams=[str(number) for number in field.team_ids],
            lowest_role=field.lowest_role,
            group=next((g.label for g in groups if field.slug in g.fields), ""),
            stage_id=str(list_demands(uow).get(field.slug, "")),
        )
        return _field_page(request, uow, form, field)


@routes.post("/fields/{field_id}")
def change(
    request: Request, field_id: int, form: Annotated[FieldForm, Form()]
) -> Response:
    """Keep what was changed of a field; its name and type never change."""
    with work(request) as uow:
        field = get_field(uow, field_id)
        form = form.model_copy(update={"entity": field.entity, "slug": field.slug})
        try:
            with uow.session.begin_nested():
                check_typed(form.label, "", form.choice_list())
                edit_field(uow, field, form.values(uow, field.type))
                _settle(uow, form, field)
        except CrmError as error:
            return _field_page(request, uow, form, field, error)
        return form.to()


@routes.post("/fields/{field_id}/shift")
def shift(
    request: Request, field_id: int, form: Annotated[ShiftForm, Form()]
) -> Response:
    """Move a field one place up or down."""
    with work(request) as uow:
        field = get_field(uow, field_id)
        place = Place(field.entity, form.place().team_id)
        shift_field(uow, place, field.slug, 1 if form.step > 0 else -1)
        return form.to()


@routes.post("/layout")
def arrange(request: Request, form: Annotated[LayoutForm, Form()]) -> Response:
    """Keep the arrangement that was dragged together."""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        try:
            groups = _groups.validate_python(json.loads(form.groups))
        except ValueError as error:
            raise LayoutSentError from error
        save_layout(uow, form.place(), [group for group in groups if group.fields])
        return form.to()


@routes.post("/groups")
def rename(request: Request, form: Annotated[GroupForm, Form()]) -> Response:
    """Give a group another label."""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        draft = GroupDraft(label=form.new)
        rename_group(uow, form.place(), form.old, draft.label)
        return form.to()
