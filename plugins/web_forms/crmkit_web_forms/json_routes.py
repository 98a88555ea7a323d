"""Forms and their answers for scripts, below /api/v1/p/web_forms."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import Draft
from crmkit.web import json_answer, needs, version_of, work
from crmkit_web_forms.answers import (
    PAGE,
    count_outcomes,
    count_reasons,
    describe_answer,
    get_answer,
    list_answers,
)
from crmkit_web_forms.asking import askable
from crmkit_web_forms.forms import (
    FormDraft,
    add_form,
    describe_form,
    edit_form,
    get_form,
    list_forms,
)
from crmkit_web_forms.permissions import BUILDING, READING
from crmkit_web_forms.processing import run_again
from crmkit_web_forms.tables import AnswerState

if TYPE_CHECKING:
    from crmkit.core import UnitOfWork
    from crmkit_web_forms.tables import Form

routes = APIRouter(tags=["web_forms"])
Count = Annotated[int, Field(ge=0)]


class ShownForm(FormDraft):
    """A form, with its address and the version of its consent text."""

    id: int
    version: int
    address: str
    consent_version: int
    created_at: datetime
    updated_at: datetime


class ShownForms(BaseModel):
    """Every form, by title."""

    items: list[ShownForm]


class AskableField(BaseModel):
    """A field that forms may ask."""

    name: str
    label: str
    type: str
    is_custom: bool


class AskableFields(BaseModel):
    """The fields that forms may ask."""

    items: list[AskableField]


class ShownAnswer(BaseModel):
    """What was sent, as it was typed, and what became of it."""

    id: int
    form_id: int
    form_version: int
    state: AnswerState
    reason: str | None
    values: dict[str, Any]
    language: str
    way: str = Field(description="page, frame or html")
    origin: dict[str, str]
    consent_id: int | None
    lead_id: int | None
    same_as_id: int | None
    repeats: int
    created_at: datetime
    processed_at: datetime | None


class ShownAnswers(BaseModel):
    """Answers, newest first."""

    items: list[ShownAnswer]
    next_cursor: str | None
    has_more: bool


class Reasons(BaseModel):
    """How many answers of a source have one outcome, and why."""

    source: str
    state: AnswerState
    reason: str
    count: Count


class Numbers(BaseModel):
    """What became of the answers to a form."""

    received: Count = 0
    waiting: Count = 0
    lead: Count = 0
    duplicate: Count = 0
    refused: Count = 0
    failed: Count = 0
    items: list[Reasons]


class FormChanges(Draft):
    """Changes of a form: whatever a FormDraft has, and nothing else."""

    model_config = ConfigDict(extra="allow")


class AskedAnswers(BaseModel):
    """Which answers: of one state, older than the cursor."""

    state: AnswerState | None = None
    cursor: Annotated[int, Field(ge=1, lt=2**63)] | None = None


def _shown(uow: UnitOfWork, form: Form, status: int = HTTPStatus.OK) -> Response:
    headers = {"etag": f'"{form.version}"'}
    return json_answer(describe_form(uow, form), status=status, headers=headers)


@routes.get("/forms", response_model=ShownForms)
@needs(READING)
def show_forms(request: Request) -> Response:
    """Every form."""
    with work(request) as uow:
        return json_answer({"items": [describe_form(uow, f) for f in list_forms(uow)]})


@routes.post("/forms", response_model=ShownForm, status_code=HTTPStatus.CREATED)
@needs(BUILDING)
def make_form(request: Request, draft: FormDraft) -> Response:
    """A new form."""
    with work(request) as uow:
        return _shown(uow, add_form(uow, draft), HTTPStatus.CREATED)


@routes.get("/fields", response_model=AskableFields)
@needs(BUILDING)
def show_fields(request: Request) -> Response:
    """What a form can ask."""
    with work(request) as uow:
        items = [
            {
                "name": field.name,
                "label": field.label,
                "type": field.type,
                "is_custom": field.is_custom,
            }
            for field in askable(uow).values()
        ]
        return json_answer({"items": items})


@routes.get("/forms/{form_id}", response_model=ShownForm)
@needs(READING)
def show_form(request: Request, form_id: int) -> Response:
    """One form."""
    with work(request) as uow:
        return _shown(uow, get_form(uow, form_id))


@routes.patch("/forms/{form_id}", response_model=ShownForm)
@needs(BUILDING)
def change_form(request: Request, form_id: int, changes: FormChanges) -> Response:
    """Change a form; with If-Match only where nobody else did meanwhile."""
    with work(request) as uow:
        form = get_form(uow, form_id)
        edit_form(uow, form, changes.model_dump(), version_of(request))
        return _shown(uow, form)


@routes.get("/forms/{form_id}/numbers", response_model=Numbers)
@needs(READING)
def show_numbers(request: Request, form_id: int) -> Response:
    """How many answers came, and what became of them, by source and reason."""
    with work(request) as uow:
        form = get_form(uow, form_id)
        names = ("source", "state", "reason", "count")
        rows = count_reasons(uow, form)
        items = [dict(zip(names, row, strict=True)) for row in rows]
        return json_answer({**count_outcomes(uow).get(form.id, {}), "items": items})


@routes.get("/forms/{form_id}/answers", response_model=ShownAnswers)
@needs(READING)
def show_answers(
    request: Request, form_id: int, asked: Annotated[AskedAnswers, Query()]
) -> Response:
    """The answers to a form, newest first."""
    with work(request) as uow:
        form = get_form(uow, form_id)
        found = list_answers(uow, form, asked.state, asked.cursor)
        is_full = len(found) == PAGE
        return json_answer(
            {
                "items": [describe_answer(one) for one in found],
                "next_cursor": str(found[-1].id) if is_full else None,
                "has_more": is_full,
            }
        )


@routes.get("/answers/{answer_id}", response_model=ShownAnswer)
@needs(READING)
def show_answer(request: Request, answer_id: int) -> Response:
    """One answer."""
    with work(request) as uow:
        return json_answer(describe_answer(get_answer(uow, answer_id)))


@routes.post("/answers/{answer_id}/run", response_model=ShownAnswer)
@needs(READING)
def run_answer(request: Request, answer_id: int) -> Response:
    """Try anew to make a lead of an answer that failed or was refused."""
    with work(request) as uow:
        answer = get_answer(uow, answer_id)
        run_again(uow, answer)
        return json_answer(describe_answer(answer))
