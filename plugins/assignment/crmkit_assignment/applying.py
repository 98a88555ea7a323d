"""Applying a plan: leads are given and merged in batches, as far as nothing moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from crmkit.core import (
    Assigned,
    CrmError,
    Fact,
    MergeDraft,
    Status,
    assign_leads,
    get_leads,
    merge_leads,
    record,
)
from crmkit_assignment.gathering import DAYS, count_loads
from crmkit_assignment.planning import Why
from crmkit_assignment.rules import take_options
from crmkit_assignment.runs import RUN_ENTITY, get_run, make_plan
from crmkit_assignment.tables import Run, RunLine, RunState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Row

    from crmkit.core import Lead, UnitOfWork
    from crmkit.jobs import JobRun

GIVEN_AT_ONCE = 500
MERGED_AT_ONCE = 15
"""A lead that takes several with it is written in many places."""


def do_run(job: JobRun) -> None:
    """Plan the run of the job, and apply it unless it is dry."""
    run_id = int(job.arguments["run_id"])
    if not job.checkpoint.get("is_planned"):
        with job.work() as uow:
            run = get_run(uow, run_id)
            if run.state is RunState.PLANNING:
                make_plan(uow, run)
            job.save(uow, {"is_planned": True}, done=0, total=run.given)
    with job.read() as uow:
        is_dry = get_run(uow, run_id).is_dry
    if is_dry:
        with job.work() as uow:
            job.finish(uow, {"run_id": run_id})
    else:
        apply_run(job)


def apply_run(job: JobRun) -> None:
    """Give the leads of a plan to those it names, a batch at a time.

    What moved since stays, and so does what would be over a capacity by now.
    """
    run_id = int(job.arguments["run_id"])
    mark_ = dict(job.checkpoint)
    after = int(mark_.get("after", 0))
    while True:
        with job.work() as uow:
            take_options(uow)
            run = get_run(uow, run_id)
            lines = _next_lines(uow, run, after)
            if lines and lines[0].into_id is not None:
                merge_lines(uow, lines)
            else:
                run.applied += give_lines(uow, run, lines)
            run.state = RunState.APPLYING
            if lines:
                after = lines[-1].id
                job.save(uow, mark_ | {"after": after}, done=run.applied)
                continue
            run.state, run.applied_at = RunState.APPLIED, uow.now()
            said = {"given": (None, run.applied)}
            record(uow, [Fact("assignment.ran", RUN_ENTITY, run.id, 0, said)])
            job.finish(uow, {"run_id": run.id, "given": run.applied})
            return


def _next_lines(uow: UnitOfWork, run: Run, after: int) -> Sequence[Row[Any]]:
    """The next lines to give, or those of a few leads to merge."""
    query = (
        select(*RunLine.__table__.c)
        .where(RunLine.run_id == run.id, RunLine.id > after)
        .order_by(RunLine.id)
        .limit(GIVEN_AT_ONCE)
    )
    lines = uow.session.execute(query).all()
    if lines and lines[0].into_id is not None:
        return lines[:MERGED_AT_ONCE]
    return [line for line in lines if line.into_id is None]


def merge_lines(uow: UnitOfWork, lines: Sequence[Row[Any]]) -> None:
    """Merge the leads of some lines (rows) into those that they name.

    What changed since the plan stays, and so does what cannot be merged.
    """
    targets: dict[int, list[Row[Any]]] = {}
    for line in lines:
        targets.setdefault(line.into_id, []).append(line)
    ids = {*targets, *(line.lead_id for line in lines)}
    leads = {lead.id: lead for lead in get_leads(uow, sorted(ids))}
    done: set[int] = set()
    for into_id, own in targets.items():
        same = [line for line in own if _is_double(leads, line)]
        if same and _merge(uow, into_id, [line.lead_id for line in same]):
            done |= {line.id for line in same}
    _write(uow, done, is_done=True)
    moved = {line.id for line in lines} - done
    _write(uow, moved, why=Why.MOVED, detail="", into_id=None)


def _is_double(leads: Mapping[int, Lead], line: Row[Any]) -> bool:
    """Whether a lead is as it was, and still of the address of an open one."""
    lead, into = leads.get(line.lead_id), leads.get(line.into_id)
    if lead is None or into is None:
        return False
    is_same = lead.email_normalized == into.email_normalized
    is_open = lead.status is into.status is Status.OPEN and into.archived_at is None
    return is_same and is_open and lead.version == line.version


def _merge(uow: UnitOfWork, into_id: int, ids: Sequence[int]) -> bool:
    draft = MergeDraft(ids=(into_id, *ids), master_id=into_id)
    try:
        with uow.session.begin_nested():
            merge_leads(uow, draft)
    except CrmError:
        return False
    return True


def give_lines(uow: UnitOfWork, run: Run, lines: Sequence[Row[Any]]) -> int:
    """Give the leads of some lines (rows) to whom they name; how many went."""
    room = _rooms(uow, run)
    wanted: dict[int, Assigned] = {}
    full: set[int] = set()
    for line in lines:
        pair = (line.team_id or 0, line.owner_id)
        if line.owner_id is not None and room.get(pair, 0) <= 0:
            full.add(line.id)
        elif line.owner_id is not None:
            room[pair] -= 1
        owner_id = None if line.id in full else line.owner_id
        if line.team_id is not None or owner_id is not None:
            to = Assigned(line.version, line.team_id, owner_id)
            wanted[line.lead_id] = to
    went = set(assign_leads(uow, wanted)) if wanted else set()
    given = [line for line in lines if line.owner_id is not None]
    done = {one.id for one in given if one.lead_id in went and one.id not in full}
    moved = {one.id for one in given} - done - full
    _write(uow, done, is_done=True)
    _write(uow, moved, why=Why.MOVED, detail="")
    _write(uow, full, why=Why.FULL, owner_id=None)
    return len(done)


def _write(uow: UnitOfWork, ids: Collection[int], **values: object) -> None:
    if ids:
        changed = update(RunLine).where(RunLine.id.in_(sorted(ids))).values(**values)
        uow.session.execute(changed, execution_options={"synchronize_session": False})


def _rooms(uow: UnitOfWork, run: Run) -> dict[tuple[int, int], int]:
    """How many more each member takes of his capacity, as things stand now."""
    loads = count_loads(uow, DAYS)
    return {
        (row["team_id"], row["user_id"]): row["capacity"]
        - loads.get((row["team_id"], row["user_id"]), 0)
        for row in run.report
    }
