"""Pages of assignment: runs with fairness, and one plan."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crmkit.web import needs, page, work
from crmkit_assignment.describing import describe_run, list_lines
from crmkit_assignment.fairness import ALERTS, describe_fairness
from crmkit_assignment.json_routes import ASSIGN, translator_of
from crmkit_assignment.runs import (
    change_line,
    get_run,
    list_runs,
    start_applying,
    start_run,
    undo_run,
)

routes = APIRouter()
RUNS = "/p/assignment/runs"
_SHOWN = 200
Text = Annotated[str, Form()]


def _go(path: str) -> Response:
    return RedirectResponse(path, status_code=303)


@routes.get("/runs")
@needs(ASSIGN)
def show_runs(request: Request) -> Response:
    """The runs so far, and how the loads stand."""
    with work(request) as uow:
        runs = [describe_run(uow, run) for run in list_runs(uow, 20)]
        known = {"fairness": describe_fairness(uow), "sentences": ALERTS}
        return page(request, uow, "assignment/runs.html", runs=runs, **known)


@routes.post("/runs")
@needs(ASSIGN)
def begin(request: Request) -> Response:
    """Make a plan; nothing is given before somebody applies it."""
    with work(request) as uow:
        return _go(f"{RUNS}/{start_run(uow, is_dry=True).id}")


@routes.get("/runs/{run_id}")
@needs(ASSIGN)
def show_run(request: Request, run_id: int) -> Response:
    """A plan: who gets what and why, and why what stays stays."""
    with work(request) as uow:
        run = get_run(uow, run_id)
        lines = list_lines(uow, run, translator_of(request, uow), limit=_SHOWN)
        said = describe_run(uow, run)
        return page(request, uow, "assignment/run.html", run=said, lines=lines)


@routes.post("/runs/{run_id}/apply")
@needs(ASSIGN)
def apply(request: Request, run_id: int) -> Response:
    """Apply a plan."""
    with work(request) as uow:
        start_applying(uow, get_run(uow, run_id))
        return _go(f"{RUNS}/{run_id}")


@routes.post("/runs/{run_id}/undo")
@needs(ASSIGN)
def undo(request: Request, run_id: int) -> Response:
    """Take a run back."""
    with work(request) as uow:
        undo_run(uow, get_run(uow, run_id))
        return _go(f"{RUNS}/{run_id}")


@routes.post("/runs/{run_id}/leads/{lead_id}")
@needs(ASSIGN)
def set_line(
    request: Request, run_id: int, lead_id: int, owner_id: Text = ""
) -> Response:
    """Let a plan give a lead to another member, or to nobody."""
    with work(request) as uow:
        owner = int(owner_id) if owner_id.isascii() and owner_id.isdigit() else None
        change_line(uow, get_run(uow, run_id), lead_id, owner)
        return _go(f"{RUNS}/{run_id}")
