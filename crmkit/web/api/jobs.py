"""Jobs, for scripts: how far they are, and what became of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    JobState,
    cancel_job,
    describe_job,
    get_job,
    list_jobs,
    retry_job,
)
from crmkit.web.answers import json_answer
from crmkit.web.api import shapes
from crmkit.web.work import work

routes = APIRouter(tags=["jobs"])


@routes.get("/jobs", response_model=shapes.History[shapes.Job])
def list_all(
    request: Request,
    state: Annotated[JobState | None, Query()] = None,
    cursor: Annotated[int | None, Query(ge=1)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """The actor's jobs, all of them for admins, newest first."""
    with work(request) as uow:
        found = list_jobs(uow, state=state, before=cursor, limit=limit + 1)
        shown, has_more = found[:limit], len(found) > limit
        return json_answer(
            {
                "items": [describe_job(uow, job) for job in shown],
                "next_cursor": shown[-1].id if has_more else None,
                "has_more": has_more,
            }
        )


@routes.get("/jobs/{job_id}", response_model=shapes.Job)
def read_job(request: Request, job_id: int) -> Response:
    """One job: how far it is, its result, or why it failed."""
    with work(request) as uow:
        return json_answer(describe_job(uow, get_job(uow, job_id)))


@routes.post("/jobs/{job_id}/retry", response_model=shapes.Job)
def retry(request: Request, job_id: int) -> Response:
    """Try a job again, from where it stopped, that failed or was cancelled."""
    with work(request) as uow:
        job = get_job(uow, job_id)
        retry_job(uow, job)
        return json_answer(describe_job(uow, job))


@routes.post("/jobs/{job_id}/cancel", response_model=shapes.Job)
def cancel(request: Request, job_id: int) -> Response:
    """Cancel a job: at once if it waits, at its next step if it runs."""
    with work(request) as uow:
        job = get_job(uow, job_id)
        cancel_job(uow, job)
        return json_answer(describe_job(uow, job))
