"""Saved views of the lists: kept, renamed, shared, updated, at hand, taken away."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crmkit.core import (
    CrmError,
    Role,
    SavedView,
    UnitOfWork,
    ViewDraft,
    ViewScope,
    add_view,
    delete_view,
    edit_view,
    get_view,
    keep_at_hand,
    list_teams,
    mark,
)
from crmkit.web.answers import page, sentence
from crmkit.web.pages.typed import read_whole
from crmkit.web.sentences import field_errors
from crmkit.web.work import work

routes = APIRouter(include_in_schema=False)

PATHS = {
    ("lead", "list"): "/leads",
    ("lead", "board"): "/pipeline",
    ("contact", "list"): "/contacts",
}
_SCOPES = {
    ViewScope.MINE: mark("Only me"),
    ViewScope.TEAM: mark("A team"),
    ViewScope.ALL: mark("Everybody"),
}


class ShownState(BaseModel):
    """How a list looks that is to be kept as a view."""

    entity: str = "lead"
    layout: str = "list"
    filter: str = ""
    q: str = ""
    sort: str = ""
    columns: str = ""
    group: str = ""

    def values(self) -> dict[str, Any]:
        """The parts of a draft that say how the list looks."""
        return {
            "filter": self.filter,
            "words": self.q,
            "sort": self.sort,
            "columns": [name for name in self.columns.split(",") if name],
            "group_by": [self.group] if self.group else [],
        }


class ViewForm(ShownState):
    """The name of a view and who finds it, as they were typed."""

    name: str = ""
    scope: str = ViewScope.MINE.value
    team_id: str = ""
    is_default: bool = False

    def given(self) -> dict[str, Any]:
        """What the core takes."""
        is_team = self.scope == ViewScope.TEAM.value
        return {
            "name": self.name,
            "scope": self.scope,
            "team_id": read_whole(self.team_id) if is_team and self.team_id else None,
            "is_default": self.is_default,
        }


def _dialog(
    request: Request,
    uow: UnitOfWork,
    form: ViewForm,
    view: SavedView | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    is_manager = uow.actor.can_be(Role.MANAGER)
    scopes = [ViewScope.MINE]
    if uow.actor.can_be(Role.TEAM):
        scopes.append(ViewScope.TEAM)
    if is_manager:
        scopes.append(ViewScope.ALL)
    teams = list_teams(uow)
    mine = [team for team in teams if is_manager or team.id in uow.actor.team_ids]
    return page(
        request,
        uow,
        "views/dialog.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        form=form,
        view=view,
        kept=form.model_dump(include=set(ShownState.model_fields)),
        errors=errors or {},
        scopes=[(one.value, sentence(request, uow, _SCOPES[one])) for one in scopes],
        teams=[(team.id, team.name) for team in mine],
    )


@routes.get("/views/new")
def ask_name(request: Request, form: Annotated[ViewForm, Query()]) -> Response:
    """The dialog that asks how the view is called and who finds it."""
    with work(request) as uow:
        return _dialog(request, uow, form)


@routes.post("/views")
def create(request: Request, form: Annotated[ViewForm, Form()]) -> Response:
    """A new view of what the list shows; the list then shows it."""
    with work(request) as uow:
        try:
            given = {**form.given(), **form.values()}
            kind = {"entity": form.entity, "layout": form.layout}
            draft = ViewDraft(**kind, **given)
            with uow.session.begin_nested():
                view = add_view(uow, draft)
        except (ValidationError, CrmError) as error:
            return _dialog(request, uow, form, errors=_said(request, uow, error))
        return _go(request, _address(view))


def _said(
    request: Request, uow: UnitOfWork, error: ValidationError | CrmError
) -> dict[str, str]:
    def say(text: str) -> str:
        return sentence(request, uow, text)

    if isinstance(error, ValidationError):
        found = field_errors(error.errors(), say)
        return {one["field"]: one["message"] for one in found}
    is_shown = error.field in {"name", "scope", "team_id"}
    return {error.field if is_shown and error.field else "": error.text(say)}


def _address(view: SavedView, number: int | None = None) -> str:
    """Where the view is looked at, or with 0 all that it is a view of."""
    path = PATHS[view.entity, view.layout]
    return f"{path}?view={view.id if number is None else number}"


def _go(request: Request, path: str) -> Response:
    if request.headers.get("hx-request") == "true":
        return Response(headers={"hx-redirect": path})
    return RedirectResponse(path, status_code=303)


@routes.get("/views/{view_id}/edit")
def ask_changes(request: Request, view_id: int) -> Response:
    """The dialog that renames a view or shares it."""
    with work(request) as uow:
        view = get_view(uow, view_id)
        form = ViewForm(
            entity=view.entity,
            layout=view.layout,
            name=view.name,
            scope=view.scope.value,
            team_id=str(view.team_id or ""),
            is_default=view.is_default,
        )
        return _dialog(request, uow, form, view)


@routes.post("/views/{view_id}/edit")
def change(
    request: Request, view_id: int, form: Annotated[ViewForm, Form()]
) -> Response:
    """Rename a view, or let others find it."""
    with work(request) as uow:
        view = get_view(uow, view_id)
        try:
            with uow.session.begin_nested():
                edit_view(uow, view, form.given())
        except (ValidationError, CrmError) as error:
            return _dialog(request, uow, form, view, _said(request, uow, error))
        return _go(request, _address(view))


@routes.post("/views/{view_id}/update")
def update(
    request: Request, view_id: int, form: Annotated[ShownState, Form()]
) -> Response:
    """Let a view show what the list shows now."""
    with work(request) as uow:
        view = get_view(uow, view_id)
        edit_view(uow, view, form.values())
        return _go(request, _address(view))


@routes.post("/views/{view_id}/keep")
def keep(
    request: Request, view_id: int, *, is_kept: Annotated[bool, Form()] = False
) -> Response:
    """Keep a view at hand beside the navigation, or no longer."""
    with work(request) as uow:
        view = get_view(uow, view_id)
        keep_at_hand(uow, view, is_kept=is_kept)
        return _go(request, _address(view))


@routes.post("/views/{view_id}/delete")
def delete(request: Request, view_id: int) -> Response:
    """Take a view out of every list."""
    with work(request) as uow:
        view = get_view(uow, view_id)
        delete_view(uow, view)
        return _go(request, _address(view, 0))
