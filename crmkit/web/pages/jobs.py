"""The list of jobs, and the page of one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crmkit.core import (
    Job,
    JobState,
    Role,
    User,
    cancel_job,
    get_job,
    label_of_job,
    list_jobs,
    mark,
    retry_job,
    sentence_of_job,
)
from crmkit.web.answers import is_part, page, sentence
from crmkit.web.pages.conditions import keep
from crmkit.web.work import crm_of, work

if TYPE_CHECKING:
    from crmkit.core import UnitOfWork

routes = APIRouter(include_in_schema=False)

ROWS = 50
STATE_LABELS = {
    JobState.WAITING: mark("waiting"),
    JobState.RUNNING: mark("running"),
    JobState.DONE: mark("done"),
    JobState.FAILED: mark("failed"),
    JobState.CANCELLED: mark("cancelled"),
}


@routes.get("/jobs")
def show_list(
    request: Request,
    state: Annotated[JobState | None, Query()] = None,
    cursor: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """The list, or its next rows."""
    with work(request) as uow:
        found = list_jobs(uow, state=state, before=cursor, limit=ROWS + 1)
        shown = found[:ROWS]
        labels = {
            each.value: sentence(request, uow, label)
            for each, label in STATE_LABELS.items()
        }
        return page(
            request,
            uow,
            "jobs/_more.html" if is_part(request) else "jobs/list.html",
            here="jobs",
            jobs=[_row(request, uow, job) for job in shown],
            states=labels,
            state=state.value if state else "",
            query=keep(state=state.value if state else ""),
            next_cursor=shown[-1].id if len(found) > ROWS else "",
            is_moving=any(_is_moving(job) for job in shown),
        )


@routes.get("/jobs/{job_id}")
def show_job(request: Request, job_id: int) -> Response:
    """The page of a job."""
    with work(request) as uow:
        job = get_job(uow, job_id)
        return page(
            request,
            uow,
            "jobs/page.html",
            here="jobs",
            job=_row(request, uow, job),
            trace=job.trace if uow.actor.can_be(Role.ADMIN) else None,
            is_moving=_is_moving(job),
        )


@routes.post("/jobs/{job_id}/retry")
def retry(request: Request, job_id: int) -> Response:
    """Try a job again."""
    with work(request) as uow:
        retry_job(uow, get_job(uow, job_id))
        return RedirectResponse(f"/jobs/{job_id}", status_code=303)


@routes.post("/jobs/{job_id}/cancel")
def cancel(request: Request, job_id: int) -> Response:
    """Cancel a job."""
    with work(request) as uow:
        cancel_job(uow, get_job(uow, job_id))
        return RedirectResponse(f"/jobs/{job_id}", status_code=303)


def _is_moving(job: Job) -> bool:
    return job.state in {JobState.WAITING, JobState.RUNNING}


def _row(request: Request, uow: UnitOfWork, job: Job) -> SimpleNamespace:
    plugin_id = job.plugin_id or ""
    entry = crm_of(request).plugins.entries.get(plugin_id)
    kinds = {kind.name: kind.label for kind in entry.jobs} if entry else {}
    user = uow.session.get(User, job.actor_id) if job.actor_id else None
    names = (
        "id name done total attempts result due_at created_at started_at finished_at "
        "cancel_asked_at"
    ).split()
    return SimpleNamespace(
        **{name: getattr(job, name) for name in names},
        state=job.state.value,
        label=sentence(request, uow, label_of_job(job.name, kinds), plugin_id),
        state_label=sentence(request, uow, STATE_LABELS[job.state]),
        who=user.name if user else uow.settings.company,
        error=sentence_of_job(
            job, lambda text: sentence(request, uow, text, plugin_id)
        ),
        is_later=job.state is JobState.WAITING and job.due_at > uow.now(),
    )
