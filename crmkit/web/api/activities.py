"""Activities, for scripts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    FIRST_DAY,
    LAST_DAY,
    Activity,
    ActivityDraft,
    ActivityState,
    AgendaQuery,
    Day,
    UnitOfWork,
    activities_of,
    count_activities,
    delete_activity,
    edit_activity,
    finish_and_follow,
    get_activity,
    get_deleted_activity,
    get_lead,
    list_activities,
    plan_activity,
    recall_activity,
    state_of_activity,
)
from crmkit.web.answers import json_answer, record_answer, version_of
from crmkit.web.api import shapes
from crmkit.web.api.asking import Exact
from crmkit.web.api.patches import merge_patch
from crmkit.web.work import work

routes = APIRouter(tags=["activities"])

_FIELDS = (
    "id version lead_id type summary note due_on due_at owner_id created_at done_at "
    "feedback"
).split()


class DoneBody(BaseModel):
    """What came of an activity, and what is planned next."""

    model_config = ConfigDict(extra="forbid")

    feedback: str | None = Field(default=None, max_length=10_000)
    next: ActivityDraft | None = None


class AgendaAsked(BaseModel):
    """Which activities are asked for, in the address."""

    owner_id: int | None = Field(default=None, ge=1)
    lead_id: int | None = Field(default=None, ge=1)
    state: ActivityState | None = None
    type: str | None = Field(default=None, max_length=120)
    due_since: Day | None = Field(default=None, ge=FIRST_DAY, le=LAST_DAY)
    due_until: Day | None = Field(default=None, ge=FIRST_DAY, le=LAST_DAY)
    filter: str = Field(default="", max_length=4000)
    q: str = Field(default="", max_length=250)
    sort: str = Field(default="due", max_length=40)
    limit: int = Field(default=50, ge=1, le=500)
    cursor: str | None = None


def describe_activity(uow: UnitOfWork, activity: Activity) -> dict[str, Any]:
    """An activity as scripts get it."""
    values = {name: getattr(activity, name) for name in _FIELDS}
    return {**values, "state": state_of_activity(uow, activity)}


@routes.get("/activities", response_model=shapes.Page[shapes.AgendaItem])
def list_all(
    request: Request, asked: Annotated[AgendaAsked, Query()], total: Exact = ""
) -> Response:
    """A page of activities of every lead that one may see, by when they are due."""
    query = AgendaQuery(**dict(asked))
    with work(request) as uow:
        found, cursor = list_activities(uow, query)
        items = [
            {**describe_activity(uow, one), "lead_name": name} for one, name in found
        ]
        answer: dict[str, Any] = {"items": items, "next_cursor": cursor}
        answer["has_more"] = cursor is not None
        if total == "exact":
            answer["total"] = count_activities(uow, query)
        return json_answer(answer)


@routes.get("/leads/{lead_id}/activities", response_model=shapes.Items[shapes.Activity])
def list_of_lead(request: Request, lead_id: int) -> Response:
    """The activities of a lead: to do, then done."""
    with work(request) as uow:
        every = activities_of(uow, get_lead(uow, lead_id))
        return json_answer({"items": [describe_activity(uow, one) for one in every]})


@routes.post(
    "/leads/{lead_id}/activities", status_code=201, response_model=shapes.Activity
)
def plan(request: Request, lead_id: int, draft: ActivityDraft) -> Response:
    """A new activity of a lead."""
    with work(request) as uow:
        activity = plan_activity(uow, get_lead(uow, lead_id), draft)
        return record_answer(request, describe_activity(uow, activity), status=201)


@routes.get("/activities/{activity_id}", response_model=shapes.Activity)
def read(request: Request, activity_id: int) -> Response:
    """One activity."""
    with work(request) as uow:
        activity, _ = get_activity(uow, activity_id)
        return record_answer(request, describe_activity(uow, activity))


@routes.patch(
    "/activities/{activity_id}",
    response_model=shapes.Activity,
    openapi_extra=merge_patch(ActivityDraft),
)
def edit(
    request: Request, activity_id: int, changes: Annotated[dict[str, Any], Body()]
) -> Response:
    """Change what the merge-patch names, of an activity that is still to do."""
    with work(request) as uow:
        activity, lead = get_activity(uow, activity_id)
        edit_activity(uow, lead, activity, changes, version_of(request))
        return record_answer(request, describe_activity(uow, activity))


@routes.delete("/activities/{activity_id}", status_code=204)
def delete(request: Request, activity_id: int) -> Response:
    """Put an activity into the bin."""
    with work(request) as uow:
        activity, lead = get_activity(uow, activity_id)
        delete_activity(uow, lead, activity)
        return Response(status_code=204)


@routes.post("/activities/{activity_id}/restore", response_model=shapes.Activity)
def restore(request: Request, activity_id: int) -> Response:
    """Take an activity out of the bin."""
    with work(request) as uow:
        activity, lead = get_deleted_activity(uow, activity_id)
        recall_activity(uow, lead, activity)
        return record_answer(request, describe_activity(uow, activity))


@routes.post("/activities/{activity_id}/done", response_model=shapes.FinishedActivity)
def finish(request: Request, activity_id: int, body: DoneBody) -> Response:
    """Mark an activity done. What is planned next, by you or its type, is `next`."""
    with work(request) as uow:
        activity, lead = get_activity(uow, activity_id)
        following = finish_and_follow(uow, lead, activity, body.feedback, body.next)
        answer = describe_activity(uow, activity)
        if following is not None:
            answer["next"] = describe_activity(uow, following)
        return json_answer(answer)
