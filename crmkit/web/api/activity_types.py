"""Types of activity, for scripts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    ActivityType,
    ActivityTypeDraft,
    UnitOfWork,
    add_activity_type,
    archive_activity_type,
    describe_activity_type,
    edit_activity_type,
    get_activity_type,
    list_activity_types,
    restore_activity_type,
)
from crmkit.web.answers import json_answer, record_answer, version_of
from crmkit.web.api import shapes
from crmkit.web.api.asking import Archived
from crmkit.web.api.patches import merge_patch
from crmkit.web.work import work

routes = APIRouter(tags=["stages and choices"])

_ONE = "/activity-types/{type_id}"


def describe_type(uow: UnitOfWork, kind: ActivityType) -> dict[str, Any]:
    """A type of activity as scripts get it."""
    values = describe_activity_type(uow, kind).model_dump()
    about = {"version": kind.version, "archived_at": kind.archived_at}
    return {"id": kind.slug, **values, **about}


@routes.get("/activity-types", response_model=shapes.Items[shapes.ActivityType])
def list_types(request: Request, *, archived: Archived = False) -> Response:
    """The types of activity, in order."""
    with work(request) as uow:
        found = list_activity_types(uow, archived=archived)
        return json_answer({"items": [describe_type(uow, kind) for kind in found]})


@routes.post("/activity-types", status_code=201, response_model=shapes.ActivityType)
def create_type(request: Request, draft: ActivityTypeDraft) -> Response:
    """A new type; its id is made of its name."""
    with work(request) as uow:
        kind = add_activity_type(uow, draft)
        return record_answer(request, describe_type(uow, kind), status=201)


@routes.get(_ONE, response_model=shapes.ActivityType)
def read_type(request: Request, type_id: str) -> Response:
    """One type."""
    with work(request) as uow:
        kind = get_activity_type(uow, type_id)
        return record_answer(request, describe_type(uow, kind))


@routes.patch(
    _ONE,
    response_model=shapes.ActivityType,
    openapi_extra=merge_patch(ActivityTypeDraft),
)
def change_type(
    request: Request, type_id: str, changes: Annotated[dict[str, Any], Body()]
) -> Response:
    """Change what the merge-patch names; the id stays."""
    with work(request) as uow:
        kind = get_activity_type(uow, type_id)
        known = describe_activity_type(uow, kind).model_dump()
        draft = ActivityTypeDraft(**{**known, **changes})
        edit_activity_type(uow, kind, draft, version_of(request))
        return record_answer(request, describe_type(uow, kind))


@routes.delete(_ONE, status_code=204)
def delete_type(request: Request, type_id: str) -> Response:
    """Take a type out of every choice; activities that have it keep it."""
    with work(request) as uow:
        archive_activity_type(uow, get_activity_type(uow, type_id))
        return Response(status_code=204)


@routes.post(f"{_ONE}/restore", response_model=shapes.ActivityType)
def bring_type_back(request: Request, type_id: str) -> Response:
    """Put an archived type back to its place."""
    with work(request) as uow:
        kind = get_activity_type(uow, type_id)
        restore_activity_type(uow, kind)
        return record_answer(request, describe_type(uow, kind))
