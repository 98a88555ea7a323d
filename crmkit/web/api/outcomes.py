"""What happens to a lead, for scripts: qualify, move, win, lose, restore, undo."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    NotFoundError,
    QualifyDraft,
    RecordId,
    archive_lead,
    begin_undo,
    describe_job,
    find_reason,
    get_deleted_lead,
    get_job,
    get_lead,
    get_stage,
    lose_lead,
    move_lead,
    place_near,
    qualify_lead,
    restore_lead,
    win_lead,
)
from crmkit.web.answers import json_answer, version_of
from crmkit.web.api import shapes
from crmkit.web.api.leads import lead_answer
from crmkit.web.work import work

routes = APIRouter(tags=["leads"])


class MoveBody(BaseModel):
    """Where a lead goes: a stage, and by hand the card that it stands before or after.

    A neighbour of another stage, or that is out of sight, changes nothing.
    """

    model_config = ConfigDict(extra="forbid")

    stage_id: RecordId
    before: RecordId | None = None
    after: RecordId | None = None


class LoseBody(BaseModel):
    """Why a lead is lost: a known reason by its id, or one by its name."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reason_id: RecordId | None = None
    reason: str | None = Field(default=None, max_length=120)
    note: str | None = Field(default=None, max_length=2000)


@routes.post("/leads/{lead_id}/move", response_model=shapes.Lead)
def move(request: Request, lead_id: int, body: MoveBody) -> Response:
    """Put a lead into another stage, or at another place of its own."""
    with work(request) as uow:
        lead, stage = get_lead(uow, lead_id), get_stage(uow, body.stage_id)
        move_lead(uow, lead, stage, version_of(request))
        place_near(uow, lead, before=body.before, after=body.after)
        return lead_answer(uow, lead_id)


@routes.post("/leads/{lead_id}/qualify", response_model=shapes.Lead)
def qualify(request: Request, lead_id: int, body: QualifyDraft) -> Response:
    """Make an opportunity of a lead, with a contact, an owner and a team.

    With `merge_into` it goes into that lead, which is answered.
    """
    with work(request) as uow:
        left = qualify_lead(uow, get_lead(uow, lead_id), body)
        return lead_answer(uow, left.id)


@routes.post("/leads/{lead_id}/win", response_model=shapes.Lead)
def win(request: Request, lead_id: int) -> Response:
    """Mark a lead won."""
    with work(request) as uow:
        win_lead(uow, get_lead(uow, lead_id))
        return lead_answer(uow, lead_id)


@routes.post("/leads/{lead_id}/lose", response_model=shapes.Lead)
def lose(request: Request, lead_id: int, body: LoseBody) -> Response:
    """Mark a lead lost."""
    with work(request) as uow:
        lead = get_lead(uow, lead_id)
        lose_lead(uow, lead, find_reason(uow, body.reason_id, body.reason), body.note)
        return lead_answer(uow, lead_id)


@routes.post("/leads/{lead_id}/restore", response_model=shapes.Lead)
def restore(request: Request, lead_id: int) -> Response:
    """Open a won, lost, archived or deleted lead again."""
    with work(request) as uow:
        try:
            lead = get_lead(uow, lead_id)
        except NotFoundError:
            lead = get_deleted_lead(uow, lead_id)
        restore_lead(uow, lead)
        return lead_answer(uow, lead_id)


@routes.post("/leads/{lead_id}/archive", response_model=shapes.Lead)
def archive(request: Request, lead_id: int) -> Response:
    """Hide a lead from pipeline and lists."""
    with work(request) as uow:
        archive_lead(uow, get_lead(uow, lead_id))
        return lead_answer(uow, lead_id)


@routes.post(
    "/changes/{change_id}/undo",
    response_model=shapes.Undone,
    responses={202: {"description": "A large change: the job that takes it back."}},
)
def undo(request: Request, change_id: str) -> Response:
    """Take back a change; answers what was taken back and what stays.

    Of a change with more than 500 events a job does so, and is the answer.
    """
    with work(request) as uow:
        undone = begin_undo(uow, change_id)
        if isinstance(undone, int):
            job = get_job(uow, undone)
            return json_answer(describe_job(uow, job), status=HTTPStatus.ACCEPTED)
        return json_answer(
            {
                "change_id": uow.change_id,
                "undoes": change_id,
                "records": undone.records,
                "kept": undone.kept,
            }
        )
