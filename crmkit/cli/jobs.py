"""`crmkit jobs`: what runs in the background, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crmkit.cli.opening import open_for_command
from crmkit.cli.printing import answer, json_option, table
from crmkit.core import (
    JobState,
    cancel_job,
    describe_job,
    get_job,
    list_jobs,
    retry_job,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crmkit.core import Job, UnitOfWork

_HEADS = ["id", "name", "state", "progress", "created_at", "error"]


@click.group()
def jobs() -> None:
    """Jobs: what runs in the background, and how it ended."""


@jobs.command("list")
@click.option(
    "--state",
    type=click.Choice([state.value for state in JobState]),
    help="Only those that stand so.",
)
@click.option(
    "--limit",
    default=50,
    show_default=True,
    type=click.IntRange(1, 1000),
    help="How many, the newest first.",
)
@json_option
def list_(state: str | None, limit: int, *, as_json: bool) -> None:
    """List jobs, the newest first."""
    with open_for_command().read() as uow:
        chosen = None if state is None else JobState(state)
        found = list_jobs(uow, state=chosen, limit=limit)
        rows = [describe_job(uow, job) for job in found]
    lines = table(_HEADS, (_line(row) for row in rows))
    text = lines if rows else "There is no such job."
    answer({"items": rows}, as_json=as_json, text=text)


@jobs.command()
@click.argument("job_id", type=int)
@json_option
def show(job_id: int, *, as_json: bool) -> None:
    """Tell everything about one job, with the trace of a failure."""
    with open_for_command().read() as uow:
        facts = describe_job(uow, get_job(uow, job_id))
    lines = [f"{name}: {value}" for name, value in facts.items() if value is not None]
    answer(facts, as_json=as_json, text=lines)


@jobs.command()
@click.argument("job_id", type=int)
@json_option
def retry(job_id: int, *, as_json: bool) -> None:
    """Try a job again, from where it stopped, that failed or was cancelled."""
    _change(job_id, retry_job, "Job {id} waits to be tried again.", as_json=as_json)


@jobs.command()
@click.argument("job_id", type=int)
@json_option
def cancel(job_id: int, *, as_json: bool) -> None:
    """Cancel a job: at once if it waits, at its next step if it runs."""
    _change(job_id, cancel_job, "Job {id} is cancelled.", as_json=as_json)


def _change(
    job_id: int, change: Callable[[UnitOfWork, Job], None], said: str, *, as_json: bool
) -> None:
    with open_for_command().work() as uow:
        job = get_job(uow, job_id)
        change(uow, job)
        facts = describe_job(uow, job)
    answer(facts, as_json=as_json, text=said.format(id=job_id))


def _line(row: Mapping[str, object]) -> list[object]:
    shown = {**row, "progress": row["done"], "error": row["error"] or ""}
    if row["total"] is not None:
        shown["progress"] = f"{row['done']}/{row['total']}"
    return [shown[head] for head in _HEADS]
