"""Rules, runs and fairness for scripts, below /api/v1/p/assignment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import Role
from crmkit.web import json_answer, needs, sentence, work
from crmkit_assignment.describing import Part, describe_run, list_lines
from crmkit_assignment.fairness import describe_fairness
from crmkit_assignment.rules import (
    MemberRuleDraft,
    OptionsDraft,
    TeamRuleDraft,
    change_member_rule,
    change_options,
    change_team_rule,
    describe_rules,
    read_options,
    try_filter,
)
from crmkit_assignment.runs import (
    change_line,
    get_run,
    list_runs,
    start_applying,
    start_run,
    undo_run,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmkit.core import UnitOfWork
    from crmkit_assignment.tables import Options

routes = APIRouter(tags=["assignment"])
PLUGIN = "assignment"
ASSIGN = "assignment.assign"
_OPTIONS = (
    "is_scheduled",
    "on_arrival",
    "same_company",
    "min_age_hours",
    "max_age_days",
)


class RunDraft(BaseModel):
    """How to run: `dry_run` only plans; `forced` takes no notice of the day's share."""

    model_config = ConfigDict(extra="forbid")

    dry_run: StrictBool = False
    seed: StrictInt = Field(default=0, ge=0, le=2**31 - 1)
    team_id: StrictInt | None = None
    forced: StrictBool = False


class LineDraft(BaseModel):
    """Whom a line of a plan gives its lead to, None for nobody."""

    model_config = ConfigDict(extra="forbid")

    owner_id: StrictInt | None = None


class FilterDraft(BaseModel):
    """A filter to try."""

    model_config = ConfigDict(extra="forbid")

    filter: str = Field(max_length=4000)


def translator_of(request: Request, uow: UnitOfWork) -> Callable[[str], str]:
    """A function that gives a sentence in the actor's language."""
    return lambda text: sentence(request, uow, text, PLUGIN)


def _shown(options: Options) -> dict[str, Any]:
    return {name: getattr(options, name) for name in _OPTIONS}


@routes.get("/options")
def show_options(request: Request) -> Response:
    """What holds for every run."""
    with work(request) as uow:
        return json_answer(_shown(read_options(uow)))


@routes.patch("/options")
@needs(ASSIGN)
def set_options(request: Request, draft: OptionsDraft) -> Response:
    """Change what holds for every run."""
    with work(request) as uow:
        return json_answer(_shown(change_options(uow, draft)))


@routes.get("/rules")
def show_rules(request: Request) -> Response:
    """Every team and member, with the rules for them."""
    with work(request) as uow:
        uow.require(Role.TEAM)
        return json_answer({"items": describe_rules(uow)})


@routes.post("/rules/test")
@needs(ASSIGN)
def test_rule(request: Request, draft: FilterDraft) -> Response:
    """How many open leads a filter accepts."""
    with work(request) as uow:
        return json_answer(try_filter(uow, draft.filter))


@routes.patch("/teams/{team_id}")
@needs(ASSIGN)
def set_team(request: Request, team_id: int, draft: TeamRuleDraft) -> Response:
    """Change the rule of a team."""
    with work(request) as uow:
        change_team_rule(uow, team_id, draft)
        return json_answer({"items": describe_rules(uow)})


@routes.patch("/teams/{team_id}/members/{user_id}")
@needs(ASSIGN)
def set_member(
    request: Request, team_id: int, user_id: int, draft: MemberRuleDraft
) -> Response:
    """Change the rule of a member."""
    with work(request) as uow:
        change_member_rule(uow, team_id, user_id, draft)
        return json_answer({"items": describe_rules(uow)})


@routes.get("/runs")
def show_runs(request: Request) -> Response:
    """The newest runs."""
    with work(request) as uow:
        items = [describe_run(uow, run) for run in list_runs(uow)]
        return json_answer({"items": items, "next_cursor": None, "has_more": False})


@routes.post("/runs")
@needs(ASSIGN)
def begin(request: Request, draft: RunDraft) -> Response:
    """Begin a run: GET it until `state` is `applied`, or `planned` for a dry one."""
    with work(request) as uow:
        run = start_run(
            uow,
            is_dry=draft.dry_run,
            seed=draft.seed,
            team_id=draft.team_id,
            is_forced=draft.forced,
        )
        return json_answer(describe_run(uow, run), status=201)


@routes.get("/runs/{run_id}")
def show_run(
    request: Request,
    run_id: int,
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """A run with `lines` of leads that the token's user sees, behind line `after`."""
    with work(request) as uow:
        run = get_run(uow, run_id)
        translate = translator_of(request, uow)
        lines = list_lines(uow, run, translate, Part(after, limit))
        return json_answer({**describe_run(uow, run), "lines": lines})


@routes.patch("/runs/{run_id}/leads/{lead_id}")
@needs(ASSIGN)
def set_line(request: Request, run_id: int, lead_id: int, draft: LineDraft) -> Response:
    """Let a plan give a lead to another member."""
    with work(request) as uow:
        run = get_run(uow, run_id)
        change_line(uow, run, lead_id, draft.owner_id)
        return json_answer(describe_run(uow, run))


@routes.post("/runs/{run_id}/apply")
@needs(ASSIGN)
def apply(request: Request, run_id: int) -> Response:
    """Apply a plan; what moved since it was made stays as it is."""
    with work(request) as uow:
        run = get_run(uow, run_id)
        start_applying(uow, run)
        return json_answer(describe_run(uow, run))


@routes.post("/runs/{run_id}/undo")
@needs(ASSIGN)
def undo(request: Request, run_id: int) -> Response:
    """Take a run back; leads that somebody changed since stay."""
    with work(request) as uow:
        run = get_run(uow, run_id)
        job_id = undo_run(uow, run)
        return json_answer({**describe_run(uow, run), "job_id": job_id})


@routes.get("/fairness")
def show_fairness(request: Request) -> Response:
    """Loads against capacity, and Jain's index."""
    with work(request) as uow:
        uow.require(Role.TEAM)
        return json_answer(describe_fairness(uow))
