"""The page of rules: options of all runs, of teams and of members, and a rule tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crmkit.core import CrmError
from crmkit.web import is_part, needs, page, work
from crmkit_assignment.forms import (
    MemberForm,
    OptionsForm,
    read_member,
    read_options_form,
)
from crmkit_assignment.json_routes import ASSIGN, translator_of
from crmkit_assignment.rules import (
    TeamRuleDraft,
    change_member_rule,
    change_options,
    change_team_rule,
    describe_rules,
    read_options,
    try_filter,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmkit.core import UnitOfWork

routes = APIRouter()
RULES = "/p/assignment/rules"
Text = Annotated[str, Form()]


@routes.get("/rules")
@needs(ASSIGN)
def show_rules(request: Request) -> Response:
    """The rules of teams and members, and what holds for every run."""
    with work(request) as uow:
        return _page(request, uow)


def _page(
    request: Request, uow: UnitOfWork, error: str = "", status: int = 200
) -> Response:
    return page(
        request,
        uow,
        "assignment/rules.html",
        status,
        rules=describe_rules(uow),
        options=read_options(uow),
        error=error,
    )


def _keep(request: Request, uow: UnitOfWork, change: Callable[[], object]) -> Response:
    """The page with what was changed, or with what is wrong with it."""
    try:
        with uow.session.begin_nested():
            change()
    except CrmError as error:
        return _page(request, uow, error.text(translator_of(request, uow)), 422)
    return RedirectResponse(RULES, status_code=303)


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
        return _keep(request, uow, lambda: change_options(uow, read_options_form(form)))


@routes.post("/rules/{team_id}")
@needs(ASSIGN)
def set_team(
    request: Request, team_id: int, accepts: Text = "", is_out: Text = ""
) -> Response:
    """Keep the rule of a team, or say what is wrong with it."""
    draft = TeamRuleDraft(filter=accepts[:4000], is_out=bool(is_out))
    with work(request) as uow:
        return _keep(request, uow, lambda: change_team_rule(uow, team_id, draft))


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
        return _keep(
            request,
            uow,
            lambda: change_member_rule(uow, team_id, user_id, read_member(form)),
        )
