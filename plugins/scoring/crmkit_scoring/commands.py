"""`crmkit scoring`: train, report, explain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crmkit.cli import (
    FailedError,
    answer,
    as_user,
    json_option,
    open_for_command,
    table,
)
from crmkit.core import JobState, get_job, get_lead, sentence_of_job
from crmkit.jobs import run_here
from crmkit_scoring.config import REBUILD
from crmkit_scoring.describing import describe_lead, describe_model

if TYPE_CHECKING:
    from crmkit.jobs import Crm


@click.group()
def scoring() -> None:
    """How likely leads are won: train, report, explain."""


@scoring.command()
@json_option
def train(*, as_json: bool) -> None:
    """Count and learn from every closed lead, then score every open one."""
    crm = open_for_command()
    with crm.work() as uow:
        job_id = uow.enqueue(REBUILD, key="all")
    result = _finish(crm, job_id)
    with crm.read() as uow:
        said = {**describe_model(uow), "rescored": result.get("rescored")}
    text = (
        f"{said['closed']} closed leads counted, {said['rescored']} open leads "
        f"rescored. Model: {said['model']}."
    )
    answer(said, as_json=as_json, text=text)


def _finish(crm: Crm, job_id: int) -> dict[str, object]:
    job = run_here(crm, job_id)
    if job.state is not JobState.DONE:
        raise FailedError(sentence_of_job(job, str) or f"The job is {job.state}.")
    with crm.read() as uow:
        return dict(get_job(uow, job_id).result or {})


@scoring.command()
@click.argument("lead", type=int)
@click.option("--as", "email", metavar="EMAIL", help="The user who asks.")
@json_option
def explain(lead: int, email: str | None, *, as_json: bool) -> None:
    """Why the lead of number LEAD has its probability."""
    crm = open_for_command()
    with crm.read(as_user(crm, email)) as uow:
        said = describe_lead(uow, get_lead(uow, lead))
    flag = "by hand" if said["probability_is_manual"] else "automatic"
    lines = [f"{said['name']}: {said['probability']} % ({flag}), by {said['model']}."]
    if said["note"]:
        lines.append(said["note"])
    if said["base"] is not None:
        lines.append(f"{said['base']:6.2f}  of all leads were won")
    lines += [
        f"{reason['points']:+6.2f}  {reason['label']}: {reason['shown']}"
        for reason in said["reasons"]
    ]
    answer(said, as_json=as_json, text=lines)


@scoring.command()
@json_option
def report(*, as_json: bool) -> None:
    """Which model answers, and what it stands on."""
    crm = open_for_command()
    with crm.read() as uow:
        said = describe_model(uow)
    rows = [(name, said[name]) for name in ("choice", "model", "closed", "base")]
    answer(said, as_json=as_json, text=table(["what", "is"], rows))
