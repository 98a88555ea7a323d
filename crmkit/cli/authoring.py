"""`crmkit plugins new` and `check`: for those who write plugins."""

from __future__ import annotations

from pathlib import Path

import click

from crmkit.cli.checking import check_project, grade, read_project
from crmkit.cli.printing import answer, json_option
from crmkit.cli.scaffold import make_project


@click.command()
@click.argument("name")
@click.option(
    "--in",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    help="The folder to make the project in.",
)
def new(name: str, folder: Path) -> None:
    """Make the project of a new plugin, with one of each, which passes its tests."""
    target = make_project(name, folder)
    click.echo(f"{target} is made. Try it: crmkit plugins check {target}")


@click.command()
@click.argument("path", type=click.Path(file_okay=False, path_type=Path), default=".")
@click.option(
    "--databases",
    type=click.Choice(["sqlite", "postgresql", "both"]),
    default="sqlite",
    help="Which databases to try it on.",
)
@click.option(
    "--full", is_flag=True, help="With what takes long, such as strict types."
)
@json_option
def check(path: Path, databases: str, *, full: bool, as_json: bool) -> None:
    """Run the tests of the plugin in PATH and the conformance suite, and grade it."""
    outcomes = check_project(read_project(path), databases, "soak" if full else "gate")
    failed = [one for one in outcomes if one.error]
    lines = [f"✗ {one.sentence}\n  {one.error}" for one in failed]
    lines.append(f"{len(outcomes) - len(failed)} of {len(outcomes)} checks passed.")
    lines.append(f"Grade: {grade(outcomes)}")
    facts = {
        "grade": grade(outcomes),
        "passed": len(outcomes) - len(failed),
        "failed": [{"check": one.sentence, "error": one.error} for one in failed],
    }
    answer(facts, as_json=as_json, text=lines)
    if failed:
        raise click.exceptions.Exit(1)
