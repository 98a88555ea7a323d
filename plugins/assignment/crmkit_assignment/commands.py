"""`crmkit assignment`: run, apply, undo, fairness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from crmkit.cli import (
    FailedError,
    answer,
    as_user,
    json_option,
    open_for_command,
    progress,
    table,
)
from crmkit.core import JobState, get_job, sentence_of_job
from crmkit.jobs import run_here
from crmkit_assignment.describing import Part, describe_run, list_lines
from crmkit_assignment.fairness import ALERTS, describe_fairness
from crmkit_assignment.runs import get_run, start_applying, start_run, undo_run

if TYPE_CHECKING:
    from crmkit.jobs import Crm

_MOST_LINES = 1_000_000
_SHOWN = 20
who_option = click.option("--as", "email", metavar="EMAIL", help="The user who asks.")


@click.group()
def assignment() -> None:
    """Give leads to teams and members by rule: run, apply, undo, fairness."""


@assignment.command()
@click.option("--dry-run", is_flag=True, help="Give nothing, tell who would get what.")
@click.option("--seed", type=int, default=0, help="Decides between equals.")
@click.option("--team", "team_id", type=int, metavar="ID", help="One team alone.")
@click.option("--force", is_flag=True, help="Take no notice of what came today.")
@who_option
@json_option
def run(*, dry_run: bool, email: str | None, as_json: bool, **how: Any) -> None:
    """Give the leads that are nobody's to teams and members."""
    crm = open_for_command()
    who = as_user(crm, email)
    with crm.work(who) as uow:
        new = start_run(
            uow,
            is_dry=dry_run,
            seed=how["seed"],
            team_id=how["team_id"],
            is_forced=how["force"],
        )
        run_id, job_id = new.id, new.job_id or 0
    _do(crm, job_id)
    _tell(crm, who, run_id, as_json=as_json)


@assignment.command()
@click.argument("number", type=int)
@who_option
@json_option
def apply(number: int, email: str | None, *, as_json: bool) -> None:
    """Apply the plan of run NUMBER."""
    crm = open_for_command()
    who = as_user(crm, email)
    with crm.work(who) as uow:
        job_id = start_applying(uow, get_run(uow, number))
    _do(crm, job_id)
    _tell(crm, who, number, as_json=as_json)


@assignment.command()
@click.argument("number", type=int)
@who_option
@json_option
def undo(number: int, email: str | None, *, as_json: bool) -> None:
    """Take run NUMBER back; leads changed since stay."""
    crm = open_for_command()
    who = as_user(crm, email)
    with crm.work(who) as uow:
        job_id = undo_run(uow, get_run(uow, number))
    result = _do(crm, job_id)
    text = f"{result.get('records', 0)} leads taken back, {result.get('kept', 0)} kept."
    answer(result, as_json=as_json, text=text)


@assignment.command()
@json_option
def fairness(*, as_json: bool) -> None:
    """The loads of members against their capacity."""
    crm = open_for_command()
    with crm.read() as uow:
        said = describe_fairness(uow)
    names = ("name", "after", "capacity", "room", "value", "score")
    heads = ("member", "leads", "capacity", "takes today", "value", "probability")
    lines = table(heads, [[m[name] for name in names] for m in said["members"]])
    lines.append(f"Jain's index {said['jain']}, of the value {said['jain_value']}")
    lines += [
        ALERTS[alert["kind"]].format(names=", ".join(alert["names"]))
        for alert in said["alerts"]
    ]
    answer(said, as_json=as_json, text=lines)


def _do(crm: Crm, job_id: int) -> dict[str, Any]:
    """Run a job to its end with a bar; its result."""
    with crm.read() as uow:
        total, done = get_job(uow, job_id).total or 0, 0
    with progress("Assigning", total) as step:

        def watch(now: int, _total: int | None) -> None:
            nonlocal done
            step(now - done)
            done = now

        job = run_here(crm, job_id, watch)
    if job.state is not JobState.DONE:
        raise FailedError(sentence_of_job(job, str) or f"The job is {job.state}.")
    return dict(job.result or {})


def _tell(crm: Crm, who: int | None, run_id: int, *, as_json: bool) -> None:
    with crm.read(who) as uow:
        found = get_run(uow, run_id)
        said = describe_run(uow, found)
        limit = _MOST_LINES if as_json else _SHOWN
        said["lines"] = list_lines(uow, found, str, Part(limit=limit))
    share = f"{said['given']} of {said['leads']} leads"
    lines = [f"Run {run_id} is {said['state']}: {share}, Jain's index {said['jain']}."]
    heads = ("member", "before", "after", "capacity")
    rows = [[m[n] for n in ("name", *heads[1:])] for m in said["members"]]
    lines += table(heads, rows)
    lines += [
        f"{line['lead']}: {line['owner'] or 'nobody'}, {line['reason']}"
        for line in said["lines"]
    ]
    answer(said, as_json=as_json, text=lines)
