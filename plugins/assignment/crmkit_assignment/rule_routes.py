"""The page of rules: options of all runs, of teams and of members, and a rule tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crmkit.core import CrmError
from crmkit.web import is_part, needs, page, work
from crmkit_assignment.forms import (
    MemberForm,
    OptionsForm,
    TeamForm,
    read_member,
    read_options_form,
    read_team,
    show_member,
    show_options,
    show_team,
)
from crmkit_assignment.json_routes import ASSIGN, translator_of
from crmkit_assignment.rules import (
    change_member_rule,
    change_options,
    change_team_rule,
    describe_rules,
    read_options,
    try_filter,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel

    from crmkit.core import UnitOfWork

routes = APIRouter()
RULES = "/p/assignment/rules"


@routes.get("/rules")
@needs(ASSIGN)
def show_rules(request: Request, at: str = "", change: str = "") -> Response:
    """The rules of teams and members, and what holds for every run.

    The form at `at` says that it was kept, and offers to take `change` back.
    """
    with work(request) as uow:
        return _page(request, uow, at=at, change=change)


@dataclass(frozen=True, slots=True)
class Refused:
    """What was typed into the form at `place` of the page, and why it was refused."""

    place: str
    form: BaseModel
    error: str


def _page(
    request: Request,
    uow: UnitOfWork,
    refused: Refused | None = None,
    at: str = "",
    change: str = "",
) -> Response:
    return page(
        request,
        uow,
        "assignment/rules.html",
        422 if refused else 200,
        teams=[_team(one, refused) for one in describe_rules(uow)],
        options=_typed("options", show_options(read_options(uow)), refused),
        refused=refused,
        at=at,
        change=change,
    )


def _team(rule: dict[str, Any], refused: Refused | None) -> dict[str, Any]:
    place = f"t{rule['team_id']}"
    members = [
        {
            "user_id": one["user_id"],
            "name": one["name"],
            "capacity": one["capacity"],
            "place": (own := f"m{rule['team_id']}-{one['user_id']}"),
            "kept": one,
            "form": _typed(own, show_member(one), refused),
        }
        for one in rule["members"]
    ]
    form = _typed(place, show_team(rule), refused)
    known = {"team_id": rule["team_id"], "name": rule["name"], "place": place}
    return {**known, "form": form, "members": members}


def _typed(place: str, kept: BaseModel, refused: Refused | None) -> BaseModel:
    """What a form shows: what is kept, or what was typed into it and refused."""
    return refused.form if refused and refused.place == place else kept


def _keep(
    request: Request,
    uow: UnitOfWork,
    place: str,
    form: BaseModel,
    change: Callable[[], object],
) -> Response:
    """The page with what was changed, or with what is wrong with it, as typed."""
    try:
        with uow.session.begin_nested():
            change()
    except CrmError as error:
        said = error.text(translator_of(request, uow))
        return _page(request, uow, Refused(place, form, said))
    here = f"{RULES}?at={place}&change={uow.change_id}#{place}"
    return RedirectResponse(here, status_code=303)


@routes.get("/rules/try")
@needs(ASSIGN)
def try_rule(request: Request, accepts: str = "", preferred: str = "") -> Response:
    """How many open leads a rule would accept, while it is being written."""
    text = (accepts or preferred)[:4000]
    with work(request) as uow:
        if not is_part(request):
            return _page(request, uow)
        tried, error = None, ""
        try:
            tried = try_filter(uow, text)
        except CrmError as wrong:
            error = wrong.text(translator_of(request, uow))
        return page(
            request, uow, "assignment/_tried.html", tried=tried, error=error, text=text
        )


@routes.post("/options")
@needs(ASSIGN)
def set_options(request: Request, form: Annotated[OptionsForm, Form()]) -> Response:
    """Keep what holds for every run."""
    with work(request) as uow:

        def change() -> None:
            change_options(uow, read_options_form(form))

        return _keep(request, uow, "options", form, change)


@routes.post("/rules/{team_id}")
@needs(ASSIGN)
def set_team(
    request: Request, team_id: int, form: Annotated[TeamForm, Form()]
) -> Response:
    """Keep the rule of a team, or say what is wrong with it."""
    with work(request) as uow:

        def change() -> None:
            change_team_rule(uow, team_id, read_team(form))

        return _keep(request, uow, f"t{team_id}", form, change)


@routes.post("/rules/{team_id}/{user_id}")
@needs(ASSIGN)
def set_member(
    request: Request,
    team_id: int,
    user_id: int,
    form: Annotated[MemberForm, Form()],
) -> Response:
    """Keep the rule of a member, or say what is wrong with it."""
    with work(request) as uow:

        def change() -> None:
            change_member_rule(uow, team_id, user_id, read_member(form))

        return _keep(request, uow, f"m{team_id}-{user_id}", form, change)
