"""Pages of assignment: runs with fairness, and one plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crmkit.core import CrmError, list_teams
from crmkit.web import needs, page, work
from crmkit_assignment.describing import Part, Show, describe_run, list_lines
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

if TYPE_CHECKING:
    from crmkit.core import UnitOfWork
    from crmkit_assignment.tables import Run

routes = APIRouter()
RUNS = "/p/assignment/runs"
_SHOWN = 200
MERGE = "merge"
"""What a line that is merged says of its owner, as it stands."""
Text = Annotated[str, Form()]


def _go(path: str) -> Response:
    return RedirectResponse(path, status_code=303)


@routes.get("/runs")
@needs(ASSIGN)
def show_runs(request: Request) -> Response:
    """The runs so far, and how the loads stand."""
    with work(request) as uow:
        runs = [describe_run(uow, run) for run in list_runs(uow, 20)]
        known = {
            "fairness": describe_fairness(uow),
            "sentences": ALERTS,
            "teams": list_teams(uow),
        }
        return page(request, uow, "assignment/runs.html", runs=runs, **known)


@routes.post("/runs")
@needs(ASSIGN)
def begin(request: Request, team_id: Text = "", is_forced: Text = "") -> Response:
    """Make a plan; nothing is given before somebody applies it."""
    team, forced = _read_id(team_id), bool(is_forced)
    with work(request) as uow:
        run = start_run(uow, is_dry=True, team_id=team, is_forced=forced)
        return _go(f"{RUNS}/{run.id}")


def _read_id(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) < len(str(2**63))
    return int(text) if is_number else None


@routes.get("/runs/{run_id}")
@needs(ASSIGN)
def show_run(
    request: Request,
    run_id: int,
    show: Show = "",
    after: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """A plan: who gets what and why, and why what stays stays."""
    with work(request) as uow:
        return _show(request, uow, get_run(uow, run_id), (show, after))


def _show(
    request: Request,
    uow: UnitOfWork,
    run: Run,
    wanted: tuple[Show, int] = ("", 0),
    error: CrmError | None = None,
) -> Response:
    translate, (show, after) = translator_of(request, uow), wanted
    part = Part(after, _SHOWN + 1, show)
    lines = list_lines(uow, run, translate, part)
    return page(
        request,
        uow,
        "assignment/run.html",
        int(error.status) if error else 200,
        run=describe_run(uow, run),
        lines=lines[:_SHOWN],
        next_after=lines[_SHOWN - 1]["id"] if len(lines) > _SHOWN else None,
        show=show,
        error=error.text(translate) if error else "",
    )


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
        run = get_run(uow, run_id)
        if owner_id == MERGE:
            return _go(f"{RUNS}/{run_id}#lead-{lead_id}")
        try:
            with uow.session.begin_nested():
                change_line(uow, run, lead_id, _read_id(owner_id))
        except CrmError as error:
            return _show(request, uow, run, error=error)
        return _go(f"{RUNS}/{run_id}#lead-{lead_id}")
