"""`crmkit scoring`: train, report, explain, evaluate."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from crmkit_scoring.describing import describe_lead, describe_model
from crmkit_scoring.evaluating import Ask, foretell, read_rows
from crmkit_scoring.learned.training import LEARN
from crmkit_scoring.measures import measure

if TYPE_CHECKING:
    from crmkit.jobs import Crm


@click.group()
def scoring() -> None:
    """How likely leads are won: train, report, explain, evaluate."""


@scoring.command()
@json_option
def train(*, as_json: bool) -> None:
    """Count and learn from every closed lead, then score every open one."""
    crm = open_for_command()
    with crm.work() as uow:
        job_id = uow.enqueue(LEARN, key="all")
    result = _finish(crm, int(str(_finish(crm, job_id)["rebuild"])))
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


_MEASURES = ("count", "base", "auc", "log_loss", "brier", "calibration_error", "lift")
_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@scoring.command()
@click.argument("train", type=_file)
@click.argument("test", type=_file)
@click.option("--outcome", required=True, metavar="COLUMN", help="Won or lost.")
@click.option("--id", "id_", required=True, metavar="COLUMN", help="Names a row.")
@click.option("--ignore", multiple=True, metavar="COLUMN", help="Not to be used.")
@click.option("--won", metavar="VALUE", help="The outcome that means won.")
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="The CSV file of ids and probabilities (0 to 1) to write.",
)
@json_option
def evaluate(train: Path, test: Path, *, as_json: bool, **given: Any) -> None:
    """Learn from TRAIN (CSV), foretell TEST, and measure how well that went."""
    ask = Ask(given["outcome"], given["id_"], frozenset(given["ignore"]), given["won"])
    learned = read_rows(train, ask, needs_outcome=True)
    asked = read_rows(test, ask, needs_outcome=False)
    told = foretell(learned, asked, ask.outcome)
    with given["out"].open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "probability"])
        for row_id, chance in zip(asked.ids, told.chances, strict=True):
            writer.writerow([row_id, f"{chance:.6f}"])
    pairs = zip(told.chances, asked.won, strict=True)
    known = [(chance, won) for chance, won in pairs if won is not None]
    said: dict[str, object] = {"model": told.kind, "unseen_log_loss": told.losses}
    lines = [f"Model: {told.kind}"]
    if known:
        found = measure([chance for chance, _ in known], [won for _, won in known])
        said |= found.as_json()
        lines += table(["measure", "value"], [(n, said[n]) for n in _MEASURES])
    answer(said, as_json=as_json, text=lines)


@scoring.command()
@json_option
def report(*, as_json: bool) -> None:
    """Which model answers, and what it stands on."""
    crm = open_for_command()
    with crm.read() as uow:
        said = describe_model(uow)
    rows = [(name, said[name]) for name in ("choice", "model", "closed", "base")]
    card = (said["trained"] or {}).get("card", {})
    found = card.get("measures", {})
    rows += [(name, found[name]) for name in _MEASURES if name in found]
    rows += [
        (f"log-loss, {name}", loss) for name, loss in card.get("losses", {}).items()
    ]
    lines = table(["what", "is"], rows)
    if card.get("is_drifting"):
        lines.append("Leads of the last month ended otherwise than foretold.")
    answer(said, as_json=as_json, text=lines)
