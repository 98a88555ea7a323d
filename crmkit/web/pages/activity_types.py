"""The settings of activity types: their order, usual delay, and what follows each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    TYPE_ICONS,
    ActivityType,
    ActivityTypeDraft,
    Chaining,
    CrmError,
    Role,
    add_activity_type,
    archive_activity_type,
    describe_activity_type,
    edit_activity_type,
    get_activity_type,
    list_activity_types,
    mark,
    order_activity_types,
    restore_activity_type,
)
from crmkit.web.answers import changed, sentence
from crmkit.web.pages.places import settings_page
from crmkit.web.pages.rows import go_to, say_errors, step_in
from crmkit.web.pages.typed import read_whole
from crmkit.web.work import work

if TYPE_CHECKING:
    from crmkit.core import UnitOfWork

routes = APIRouter(include_in_schema=False)

HERE = "/settings/activity-types"
ORDERED = mark("The order of the activity types is changed")


class TypeForm(BaseModel):
    """A type as it was typed."""

    name: str = ""
    icon: str = "calendar-event"
    delay_days: str = "0"
    next_type: str = ""
    chaining: str = Chaining.SUGGEST

    def draft(self) -> ActivityTypeDraft:
        """What the core takes."""
        is_triggered = self.chaining == Chaining.TRIGGER
        return ActivityTypeDraft(
            name=self.name,
            icon=self.icon,
            delay_days=read_whole(self.delay_days or "0"),
            next_type=self.next_type or None,
            chaining=Chaining.TRIGGER if is_triggered else Chaining.SUGGEST,
        )


def _list(
    request: Request, uow: UnitOfWork, errors: dict[str, str] | None = None
) -> Response:
    uow.require(Role.MANAGER)
    used = list_activity_types(uow)
    archived = list_activity_types(uow, archived=True)
    return settings_page(
        request,
        uow,
        "settings/activity_types.html",
        422 if errors else 200,
        list_at=HERE,
        types=used,
        archived=[{"id": kind.slug, "name": kind.name} for kind in archived],
        names={kind.id: kind.name for kind in (*used, *archived)},
        errors=errors or {},
    )


def _one(
    request: Request,
    uow: UnitOfWork,
    kind: ActivityType,
    form: ActivityTypeDraft | TypeForm,
    errors: dict[str, str] | None = None,
) -> Response:
    uow.require(Role.MANAGER)
    return settings_page(
        request,
        uow,
        "settings/activity_type.html",
        422 if errors else 200,
        kind=kind,
        form=form,
        icons=TYPE_ICONS,
        following=[(one.slug, one.name) for one in list_activity_types(uow)],
        errors=errors or {},
    )


@routes.get(HERE)
def show_types(request: Request) -> Response:
    """Every type, in order."""
    with work(request) as uow:
        return _list(request, uow)


@routes.post(HERE)
def add(request: Request, name: Annotated[str, Form()] = "") -> Response:
    """A new type, the last, and its page."""
    with work(request) as uow:
        try:
            kind = add_activity_type(uow, ActivityTypeDraft(name=name))
        except (CrmError, ValidationError) as error:
            return _list(request, uow, say_errors(request, uow, error))
        return go_to(f"{HERE}/{kind.slug}")


@routes.post(HERE + "/order")
def order(
    request: Request,
    ids: Annotated[str, Form(pattern="^[a-z0-9_,]+$", max_length=4000)],
) -> Response:
    """Put the types into the order in which they were dropped."""
    with work(request) as uow:
        order_activity_types(uow, ids.split(","))
        return changed(request, uow, sentence(request, uow, ORDERED))


@routes.get(HERE + "/{type_id}")
def show_type(request: Request, type_id: str) -> Response:
    """The form of a type."""
    with work(request) as uow:
        kind = get_activity_type(uow, type_id)
        return _one(request, uow, kind, describe_activity_type(uow, kind))


@routes.post(HERE + "/{type_id}")
def save(request: Request, type_id: str, form: Annotated[TypeForm, Form()]) -> Response:
    """Keep what was typed, or show what is wrong."""
    with work(request) as uow:
        kind = get_activity_type(uow, type_id)
        try:
            edit_activity_type(uow, kind, form.draft())
        except (CrmError, ValidationError) as error:
            return _one(request, uow, kind, form, say_errors(request, uow, error))
        return go_to(HERE)


@routes.post(HERE + "/{type_id}/step")
def step(
    request: Request, type_id: str, by: Annotated[int, Form(ge=-1, le=1)] = 1
) -> Response:
    """Move a type one place up (-1) or down (1)."""
    with work(request) as uow:
        get_activity_type(uow, type_id)
        slugs = [kind.slug for kind in list_activity_types(uow)]
        order_activity_types(uow, step_in(slugs, type_id, by))
        return go_to(HERE)


@routes.post(HERE + "/{type_id}/archive")
def archive(request: Request, type_id: str) -> Response:
    """Offer a type no longer; activities that have it keep it."""
    with work(request) as uow:
        archive_activity_type(uow, get_activity_type(uow, type_id))
        return go_to(HERE)


@routes.post(HERE + "/{type_id}/restore")
def restore(request: Request, type_id: str) -> Response:
    """Offer a type again."""
    with work(request) as uow:
        restore_activity_type(uow, get_activity_type(uow, type_id))
        return go_to(HERE)
