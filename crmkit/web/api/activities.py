"""Activities, for scripts."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    Activity,
    ActivityDraft,
    UnitOfWork,
    activities_of,
    finish_activity,
    get_activity,
    get_lead,
    plan_activity,
    state_of_activity,
)
from crmkit.web.answers import json_answer
from crmkit.web.work import work

routes = APIRouter(tags=["activities"])


class DoneBody(BaseModel):
    """What came of an activity, and what is planned next."""

    model_config = ConfigDict(extra="forbid")

    feedback: str | None = Field(default=None, max_length=10_000)
    next: ActivityDraft | None = None


def _activity(uow: UnitOfWork, activity: Activity) -> dict[str, Any]:
    return {
        "id": activity.id,
        "version": activity.version,
        "lead_id": activity.lead_id,
        "type": activity.type,
        "summary": activity.summary,
        "note": activity.note,
        "due_on": activity.due_on,
        "due_at": activity.due_at,
        "owner_id": activity.owner_id,
        "done_at": activity.done_at,
        "feedback": activity.feedback,
        "state": state_of_activity(uow, activity),
    }


@routes.get("/leads/{lead_id}/activities")
def list_of_lead(request: Request, lead_id: int) -> Response:
    """The activities of a lead: to do, then done."""
    with work(request) as uow:
        every = activities_of(uow, get_lead(uow, lead_id))
        return json_answer({"items": [_activity(uow, one) for one in every]})


@routes.post("/leads/{lead_id}/activities", status_code=201)
def plan(request: Request, lead_id: int, draft: ActivityDraft) -> Response:
    """A new activity of a lead."""
    with work(request) as uow:
        activity = plan_activity(uow, get_lead(uow, lead_id), draft)
        return json_answer(_activity(uow, activity), status=201)


@routes.get("/activities/{activity_id}")
def read(request: Request, activity_id: int) -> Response:
    """One activity."""
    with work(request) as uow:
        activity, _ = get_activity(uow, activity_id)
        return json_answer(_activity(uow, activity))


@routes.post("/activities/{activity_id}/done")
def finish(request: Request, activity_id: int, body: DoneBody) -> Response:
    """Mark an activity done, and maybe plan the next."""
    with work(request) as uow:
        activity, lead = get_activity(uow, activity_id)
        finish_activity(uow, lead, activity, body.feedback)
        if body.next is not None:
            plan_activity(uow, lead, body.next)
        return json_answer(_activity(uow, activity))
