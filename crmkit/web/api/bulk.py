"""Many leads at once, for scripts: groups with sums, and changes with a preview."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import ConfigDict, JsonValue
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    BulkDraft,
    describe_job,
    get_job,
    group_leads,
    list_rows,
    preview_bulk,
    start_bulk,
)
from crmkit.web.answers import json_answer, sentence
from crmkit.web.api import shapes
from crmkit.web.api.asking import Asked
from crmkit.web.work import work

routes = APIRouter(tags=["bulk"])

_EXAMPLE: dict[str, JsonValue] = {
    "filter": "stage = New and city = Lyon",
    "change": {"set": {"priority": 2}, "add_tags": ["Fair"]},
    "dry_run": True,
}


class BulkBody(BulkDraft):
    """A change of many leads; `dry_run` only tells what would become of them."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    dry_run: bool = False


@routes.get("/groups", response_model=shapes.Items[shapes.Group])
def read_groups(
    request: Request,
    query: Asked,
    by: Annotated[str, Query(description="Fields, `team,stage`.")] = "stage",
) -> Response:
    """The leads of a filter, counted and summed by the values of fields."""
    with work(request) as uow:
        names = [name.strip() for name in by.split(",") if name.strip()]
        groups = group_leads(uow, query, names)
        return json_answer({"items": [asdict(group) for group in groups]})


@routes.post(
    "/leads/bulk",
    status_code=202,
    response_model=shapes.Job,
    responses={
        200: {"model": shapes.BulkPreview, "description": "What a dry run foretells."}
    },
)
def change_many(request: Request, body: BulkBody) -> Response:
    """Start the job that changes many leads, each by itself; or try it."""
    draft = BulkDraft(**body.model_dump(exclude={"dry_run"}))
    with work(request) as uow:
        if body.dry_run:

            def say(text: str) -> str:
                return sentence(request, uow, text)

            return json_answer(asdict(preview_bulk(uow, draft, say)))
        job = get_job(uow, start_bulk(uow, draft))
        return json_answer(describe_job(uow, job), status=HTTPStatus.ACCEPTED)


@routes.get("/jobs/{job_id}/rows", response_model=shapes.History[shapes.JobRow])
def read_rows(
    request: Request,
    job_id: int,
    cursor: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Response:
    """What became of each record of a job, in the order in which it went."""
    with work(request) as uow:
        found = list_rows(uow, get_job(uow, job_id).id, after=cursor, limit=limit + 1)
        shown, has_more = found[:limit], len(found) > limit
        return json_answer(
            {
                "items": shown,
                "next_cursor": shown[-1]["id"] if has_more else None,
                "has_more": has_more,
            }
        )
