"""Saved views and custom fields, for scripts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    CustomField,
    CustomFieldDraft,
    UnitOfWork,
    ViewDraft,
    add_field,
    add_view,
    delete_view,
    describe_view,
    edit_field,
    edit_view,
    get_field,
    get_view,
    hide_field,
    list_views,
    recall_field,
)
from crmkit.web.answers import json_answer, record_answer, version_of
from crmkit.web.api import shapes
from crmkit.web.api.patches import merge_patch
from crmkit.web.work import work

routes = APIRouter(tags=["views and fields"])

_FIELD = tuple(shapes.CustomField.__annotations__)


def describe_custom_field(field: CustomField) -> dict[str, Any]:
    """A custom field as scripts get it."""
    return {name: getattr(field, name) for name in _FIELD}


@routes.get("/views", response_model=shapes.Items[shapes.View])
def list_all_views(
    request: Request, entity: Annotated[str | None, Query()] = None
) -> Response:
    """The views that the actor finds: his own, his teams', everybody's."""
    with work(request) as uow:
        found = list_views(uow, entity)
        return json_answer({"items": [describe_view(uow, view) for view in found]})


@routes.post("/views", status_code=201, response_model=shapes.View)
def create_view(request: Request, draft: ViewDraft) -> Response:
    """A new view."""
    with work(request) as uow:
        return record_answer(
            request, describe_view(uow, add_view(uow, draft)), status=201
        )


@routes.get("/views/{view_id}", response_model=shapes.View)
def read_view(request: Request, view_id: int) -> Response:
    """One view, its filter as text and as a tree."""
    with work(request) as uow:
        return record_answer(request, describe_view(uow, get_view(uow, view_id)))


@routes.patch(
    "/views/{view_id}",
    response_model=shapes.View,
    openapi_extra=merge_patch(ViewDraft),
)
def change_view(
    request: Request, view_id: int, changes: Annotated[dict[str, Any], Body()]
) -> Response:
    """Change what the merge-patch names."""
    with work(request) as uow:
        view = get_view(uow, view_id)
        edit_view(uow, view, changes, version_of(request))
        return record_answer(request, describe_view(uow, view))


@routes.delete("/views/{view_id}", status_code=204)
def remove_view(request: Request, view_id: int) -> Response:
    """Take a view out of every list."""
    with work(request) as uow:
        delete_view(uow, get_view(uow, view_id))
        return Response(status_code=204)


@routes.post("/fields", status_code=201, response_model=shapes.CustomField)
def create_field(request: Request, draft: CustomFieldDraft) -> Response:
    """A new custom field."""
    with work(request) as uow:
        return record_answer(
            request, describe_custom_field(add_field(uow, draft)), status=201
        )


@routes.get("/fields/{field_id}", response_model=shapes.CustomField)
def read_field(request: Request, field_id: int) -> Response:
    """One custom field, a hidden one too."""
    with work(request) as uow:
        return record_answer(request, describe_custom_field(get_field(uow, field_id)))


@routes.patch(
    "/fields/{field_id}",
    response_model=shapes.CustomField,
    openapi_extra=merge_patch(CustomFieldDraft),
)
def change_field(
    request: Request, field_id: int, changes: Annotated[dict[str, Any], Body()]
) -> Response:
    """Change what the merge-patch names; slug and type never change."""
    with work(request) as uow:
        field = get_field(uow, field_id)
        edit_field(uow, field, changes, version_of(request))
        return record_answer(request, describe_custom_field(field))


@routes.delete("/fields/{field_id}", status_code=204)
def remove_field(request: Request, field_id: int) -> Response:
    """Hide a custom field; records keep their values."""
    with work(request) as uow:
        hide_field(uow, get_field(uow, field_id))
        return Response(status_code=204)


@routes.post("/fields/{field_id}/restore", response_model=shapes.CustomField)
def bring_field_back(request: Request, field_id: int) -> Response:
    """Show a hidden field again."""
    with work(request) as uow:
        field = get_field(uow, field_id)
        recall_field(uow, field)
        return record_answer(request, describe_custom_field(field))


@routes.post(
    "/fields/{field_id}/index", status_code=202, response_model=shapes.StartedJob
)
def index(request: Request, field_id: int) -> Response:
    """Start the job that builds an index for a field."""
    with work(request) as uow:
        return json_answer(_started(uow, field_id), status=202)


def _started(uow: UnitOfWork, field_id: int) -> dict[str, Any]:
    field = get_field(uow, field_id)
    job_id = uow.enqueue("index_field", key=str(field.id), field_id=field.id)
    return {"job_id": job_id}
