"""Runs: planned, looked at, changed by hand, undone."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from crmkit.core import (
    CrmError,
    NotFoundError,
    Role,
    get_lead,
    get_team,
    mark,
)
from crmkit_assignment.gathering import find_candidates, find_pools, may_run
from crmkit_assignment.planning import Line, Pool, Why, plan
from crmkit_assignment.tables import Run, RunLine, RunState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmkit.core import UnitOfWork

RUN_ENTITY = "assignment_run"
RUN = "assignment.run"
APPLY = "assignment.apply"
_WRITTEN = 1000


class WrongStateError(CrmError):
    """The run is not where this could be done."""

    status = HTTPStatus.CONFLICT

    def __init__(self, run: Run) -> None:
        super().__init__(
            mark("Run {number} is {state}; that cannot be done to it now."),
            number=run.id,
            state=run.state.value,
        )


class AtCapacityError(CrmError):
    """A member has as many leads as he takes in 30 days."""

    status = HTTPStatus.CONFLICT

    def __init__(self, member: Mapping[str, Any]) -> None:
        super().__init__(
            mark("{name} is at capacity: {after} of {capacity} leads."),
            field="owner_id",
            name=member["name"],
            after=member["after"],
            capacity=member["capacity"],
        )


class NoMemberError(CrmError):
    """Somebody is no member of the team of a lead, or takes no part."""

    def __init__(self) -> None:
        super().__init__(
            mark("Only a member of the lead's team who takes part can get it."),
            field="owner_id",
        )


def get_run(uow: UnitOfWork, run_id: int) -> Run:
    """The run of that id. From role team on."""
    uow.require(Role.TEAM)
    query = select(Run).where(Run.id == run_id)
    run = uow.session.scalar(uow.locked(query))
    if run is None:
        raise NotFoundError("run", run_id)
    return run


def list_runs(uow: UnitOfWork, limit: int = 50) -> list[Run]:
    """The newest runs."""
    uow.require(Role.TEAM)
    return list(uow.session.scalars(select(Run).order_by(Run.id.desc()).limit(limit)))


def start_run(
    uow: UnitOfWork,
    *,
    is_dry: bool,
    seed: int = 0,
    team_id: int | None = None,
    is_forced: bool = False,
) -> Run:
    """A new run, planned by a job and, unless it is dry, applied by it."""
    may_run(uow)
    if team_id is not None:
        get_team(uow, team_id)
    run = Run(
        state=RunState.PLANNING,
        is_dry=is_dry,
        is_forced=is_forced,
        seed=seed,
        team_id=team_id,
        change_id=uow.change_id,
        created_by_id=uow.actor.id,
        created_at=uow.now(),
    )
    run.report = []
    uow.session.add(run)
    uow.session.flush()
    run.job_id = uow.enqueue(RUN, run_id=run.id)
    uow.session.flush()
    return run


def make_plan(uow: UnitOfWork, run: Run) -> None:
    """Write the lines of a run, by what is true now."""
    pools = find_pools(uow, run.team_id, forced=run.is_forced)
    merging = [pool.id for pool in pools if pool.merges]
    leads = find_candidates(uow, run.team_id, merging=merging)
    before = {(t.team_id, t.user_id): t.got for pool in pools for t in pool.takers}
    # What is merged comes last: by then its twin is where it goes.
    lines = sorted(plan(leads, pools, run.seed), key=lambda one: one.into_id or 0)
    rows = [_row(run.id, line) for line in lines]
    for start in range(0, len(rows), _WRITTEN):
        uow.session.execute(
            insert(RunLine),
            rows[start : start + _WRITTEN],
            execution_options={"render_nulls": True},
        )
    run.leads = len(lines)
    run.given = sum(line.owner_id is not None for line in lines)
    run.report = _report(pools, before, lines)
    run.state = RunState.PLANNED
    uow.session.flush()


def _row(run_id: int, line: Line) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "lead_id": line.lead_id,
        "version": line.version,
        "team_id": line.team_id,
        "owner_id": line.owner_id,
        "why": line.why,
        "detail": line.detail[:500],
        "into_id": line.into_id,
        "is_done": False,
    }


def _report(
    pools: Sequence[Pool], before: Mapping[tuple[int, int], int], lines: Sequence[Line]
) -> list[dict[str, Any]]:
    """For each member: what he had, what he gets, of which value, of which capacity."""
    values: dict[tuple[int | None, int | None], float] = {}
    for line in lines:
        pair = (line.team_id, line.owner_id)
        values[pair] = values.get(pair, 0) + line.value
    return [
        {
            "team_id": taker.team_id,
            "user_id": taker.user_id,
            "name": taker.name,
            "capacity": taker.capacity,
            "before": before[taker.team_id, taker.user_id],
            "after": taker.got,
            "value": round(values.get((taker.team_id, taker.user_id), 0), 2),
            "is_away": taker.is_away,
        }
        for pool in pools
        for taker in pool.takers
    ]


def start_applying(uow: UnitOfWork, run: Run) -> int:
    """The id of the job that applies a plan."""
    may_run(uow)
    if run.state is not RunState.PLANNED:
        raise WrongStateError(run)
    run.state = RunState.APPLYING
    run.change_id = uow.change_id
    run.job_id = uow.enqueue(APPLY, run_id=run.id)
    uow.session.flush()
    return run.job_id


def change_line(
    uow: UnitOfWork, run: Run, lead_id: int, owner_id: int | None
) -> RunLine:
    """Let a plan give a lead to another member of its team, or to nobody.

    It is merged into none then. One without a team goes to the first team of the
    member. Raises NoMemberError and AtCapacityError.
    """
    may_run(uow)
    line = _line_of_plan(uow, run, lead_id)
    if owner_id == line.owner_id and line.into_id is None:
        return line
    report = [dict(one) for one in run.report]
    value = float(get_lead(uow, lead_id).base_weighted or 0)
    if owner_id is not None:
        taker = _find_member(report, line.team_id, owner_id)
        if taker["after"] >= taker["capacity"]:
            raise AtCapacityError(taker)
        _count(taker, 1, value)
        line.team_id = taker["team_id"]
    if line.owner_id is not None:
        _count(_find_member(report, line.team_id, line.owner_id), -1, -value)
    run.report = report
    line.owner_id, line.why, line.detail = owner_id, Why.BY_HAND, ""
    line.into_id = None
    uow.session.flush()
    given = select(func.count(RunLine.owner_id)).where(RunLine.run_id == run.id)
    run.given = uow.session.scalar(given) or 0
    uow.session.flush()
    return line


def _line_of_plan(uow: UnitOfWork, run: Run, lead_id: int) -> RunLine:
    """What a run says of a lead, while it is a plan."""
    if run.state is not RunState.PLANNED:
        raise WrongStateError(run)
    query = select(RunLine).where(RunLine.run_id == run.id, RunLine.lead_id == lead_id)
    line = uow.session.scalar(query)
    if line is None:
        raise NotFoundError("lead", lead_id)
    return line


def _find_member(
    report: Sequence[dict[str, Any]], team_id: int | None, user_id: int
) -> dict[str, Any]:
    for one in report:
        if one["user_id"] == user_id and team_id in {None, one["team_id"]}:
            return one
    raise NoMemberError


def _count(member: dict[str, Any], leads: int, value: float) -> None:
    member["after"] += leads
    member["value"] = round(member["value"] + value, 2)


def undo_run(uow: UnitOfWork, run: Run) -> int:
    """The id of the job that takes a run back; what changed since stays."""
    may_run(uow)
    if run.state is not RunState.APPLIED:
        raise WrongStateError(run)
    mark_undone(uow, run)
    return uow.enqueue("undo_change", change_id=run.change_id, events=run.applied)


def mark_undone(uow: UnitOfWork, run: Run) -> None:
    """Call a run undone whose leads are given back."""
    if run.state is RunState.APPLIED:
        run.state = RunState.UNDONE
        uow.session.flush()
