"""The list of leads, and quick create."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crmkit.core import (
    Amount,
    CrmError,
    FilterError,
    LeadDraft,
    ListQuery,
    Page,
    Total,
    UnitOfWork,
    UnknownFieldError,
    create_lead,
    find_field,
    list_leads,
    list_stages,
    list_teams,
    list_users,
    mark,
    offered_currencies,
    sum_leads,
)
from crmkit.web.answers import changed, is_part, page, sentence
from crmkit.web.pages.conditions import CONDITIONS, keep
from crmkit.web.pages.typed import read_whole
from crmkit.web.sentences import field_errors
from crmkit.web.slots import columns_of
from crmkit.web.work import work

routes = APIRouter()

ROWS = 80
CREATED = mark("{lead} was created")
OPEN_IT = mark("Open it")
NEXT_STEP = mark("Next step")
EXPECTED = mark("Expected")
CLOSE = mark("Close")
IN_STAGE = mark("In stage")
_SHOWN = (
    "name expected_revenue probability weighted_revenue expected_close "
    "next_activity days_in_stage stage owner"
).split()
_SORTED = frozenset(
    ("name expected_revenue probability weighted_revenue expected_close stage").split()
)
_SHORT_LABELS = {
    "expected_revenue": EXPECTED,
    "expected_close": CLOSE,
    "next_activity": NEXT_STEP,
    "days_in_stage": IN_STAGE,
}
_WHOLES = frozenset({"stage_id", "owner_id", "team_id", "priority"})
_NO_FIELDS = frozenset({"next_activity", "days_in_stage"})


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column of the list."""

    name: str
    label: str
    type: str
    is_sortable: bool


def _columns(request: Request, uow: UnitOfWork) -> tuple[ShownColumn, ...]:
    columns = []
    for name in _SHOWN:
        field = None if name in _NO_FIELDS else find_field(uow, "lead", name)
        label = _SHORT_LABELS.get(name) or (field.label if field else name)
        kind = field.type if field else "text"
        text = sentence(request, uow, label)
        columns.append(ShownColumn(name, text, kind, is_sortable=name in _SORTED))
    return tuple(columns)


@routes.get("/leads")
def show_list(
    request: Request,
    filter: Annotated[str, Query()] = "",  # noqa: A002  (the address's word)
    q: Annotated[str, Query()] = "",
    sort: Annotated[str, Query()] = "",
    cursor: Annotated[str, Query()] = "",
) -> Response:
    """The list, or its next rows."""
    with work(request) as uow:
        query = ListQuery(filter, q, sort or "-created_at", cursor or None, ROWS)
        shown: dict[str, object] = {
            "columns": _columns(request, uow),
            "query": keep(filter=filter, q=q, sort=sort),
        }
        if is_part(request) and cursor:
            rows = list_leads(uow, query)
            return page(
                request,
                uow,
                "leads/_more.html",
                rows=rows.rows,
                next_cursor=rows.next_cursor or "",
                placed=columns_of(request, uow, rows.rows),
                **shown,
            )
        found, sums, error = _find(request, uow, query)
        return page(
            request,
            uow,
            "leads/list.html",
            here="leads",
            rows=found.rows,
            placed=columns_of(request, uow, found.rows),
            next_cursor=found.next_cursor or "",
            count=sums.count,
            sums=sums,
            sort=query.sort,
            filter=filter,
            q=q,
            conditions=CONDITIONS,
            is_blank=not (filter or q or sums.count),
            filter_error=error,
            **shown,
        )


def _find(
    request: Request, uow: UnitOfWork, query: ListQuery
) -> tuple[Page, Total, str]:
    """Rows and sums; or neither, and what is wrong with the filter."""
    try:
        return list_leads(uow, query), sum_leads(uow, query), ""
    except (FilterError, UnknownFieldError) as error:
        said = error.text(lambda text: sentence(request, uow, text))
        return Page((), None, query.sort), Total(0, Amount(), Amount()), said


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
        currencies=[code for code in currencies if code],
        said=said,
    )


@routes.get("/leads/new")
def show_form(
    request: Request, stage_id: Annotated[str, Query(pattern=r"^\d*$")] = ""
) -> Response:
    """The form of quick create."""
    with work(request) as uow:
        return _dialog(request, uow, _begin(uow, stage_id))


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
