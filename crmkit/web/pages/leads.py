"""Quick create: a new lead in a dialog, or on a page of its own."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crmkit.core import (
    CrmError,
    LeadDraft,
    LeadKind,
    UnitOfWork,
    create_lead,
    list_stages,
    list_teams,
    list_users,
    mark,
    offered_currencies,
)
from crmkit.web.answers import changed, page, sentence
from crmkit.web.pages.typed import read_whole
from crmkit.web.sentences import field_errors
from crmkit.web.work import work

routes = APIRouter(include_in_schema=False)

CREATED = mark("{lead} was created")
OPEN_IT = mark("Open it")
_WHOLES = frozenset({"stage_id", "owner_id", "team_id", "priority"})


class LeadForm(BaseModel):
    """The fields of quick create, as they were typed."""

    name: str = ""
    contact_name: str = ""
    company_name: str = ""
    expected_revenue: str = ""
    currency: str = ""
    expected_close: str = ""
    stage_id: str = ""
    owner_id: str = ""
    team_id: str = ""
    email: str = ""
    phone: str = ""
    priority: str = ""
    kind: str = ""
    then: str = ""

    def draft(self) -> LeadDraft:
        """What the core takes; empty fields are left out."""
        typed = self.model_dump(exclude={"then"})
        given: dict[str, Any] = {n: value for n, value in typed.items() if value}
        wholes = {name: read_whole(given[name]) for name in _WHOLES & given.keys()}
        return LeadDraft(**{**given, **wholes})


@dataclass(frozen=True, slots=True)
class Said:
    """What "Save and new" says above the emptied form."""

    sentence: str
    change_id: str


def _begin(uow: UnitOfWork, stage_id: str) -> LeadForm:
    """An empty form: the actor owns the lead, in his team if he has just one."""
    teams = uow.actor.team_ids
    return LeadForm(
        currency=uow.settings.base_currency,
        stage_id=stage_id,
        kind=LeadKind.OPPORTUNITY,
        owner_id=str(uow.actor.id or ""),
        team_id=str(teams[0]) if len(teams) == 1 else "",
    )


def _dialog(
    request: Request,
    uow: UnitOfWork,
    form: LeadForm,
    *,
    errors: dict[str, str] | None = None,
    said: Said | None = None,
) -> Response:
    is_script = request.headers.get("hx-request") == "true"
    stages = [stage for stage in list_stages(uow) if not stage.is_won]
    currencies = dict.fromkeys([*offered_currencies(uow), form.currency])
    return page(
        request,
        uow,
        "leads/_new.html" if is_script else "leads/new.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        here="leads",
        draft=form.model_dump(exclude={"then"}),
        errors=errors or {},
        stages=[(stage.id, stage.name) for stage in stages],
        owners=[(user.id, user.name) for user in list_users(uow)],
        teams=[(team.id, team.name) for team in list_teams(uow)],
        kinds=tuple(LeadKind) if uow.settings.leads_step else (),
        currencies=[code for code in currencies if code],
        said=said,
    )


@routes.get("/leads/new")
def show_form(
    request: Request,
    stage_id: Annotated[str, Query(pattern="^[0-9]*$")] = "",
    name: Annotated[str, Query(max_length=250)] = "",
) -> Response:
    """The form of quick create."""
    with work(request) as uow:
        form = _begin(uow, stage_id).model_copy(update={"name": name})
        return _dialog(request, uow, form)


@routes.post("/leads")
def create(request: Request, form: Annotated[LeadForm, Form()]) -> Response:
    """A new lead; or the form again, with what was typed and what is wrong."""
    with work(request) as uow:
        try:
            with uow.session.begin_nested():
                lead = create_lead(uow, form.draft())
        except ValidationError as error:
            errors = _by_field(request, uow, error)
            return _dialog(request, uow, form, errors=errors)
        except CrmError as error:
            said = error.text(lambda text: sentence(request, uow, text))
            return _dialog(request, uow, form, errors={error.field or "": said})
        text = sentence(request, uow, CREATED).format(lead=lead.name)
        href = f"/leads/{lead.id}"
        if form.then != "new":
            label = sentence(request, uow, OPEN_IT)
            return changed(request, uow, text, href=href, link_label=label)
        if request.headers.get("hx-request") != "true":
            return RedirectResponse("/leads/new", status_code=303)
        said_ = Said(text, uow.change_id)
        return _dialog(request, uow, _begin(uow, form.stage_id), said=said_)


def _by_field(
    request: Request, uow: UnitOfWork, error: ValidationError
) -> dict[str, str]:
    found = field_errors(error.errors(), lambda text: sentence(request, uow, text))
    return {one["field"]: one["message"] for one in found}
