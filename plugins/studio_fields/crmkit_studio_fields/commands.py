"""`crmkit studio`: fields as a file."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from crmkit.cli import answer, as_user, json_option, open_for_command
from crmkit_studio_fields.sets import apply_set, export_set, read_set

_as = click.option("--as", "email", metavar="EMAIL", help="The admin who does it.")


@click.group()
def studio() -> None:
    """Fields of your own: export them as a file, apply such a file."""


@studio.command("export")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@_as
def export_command(file: Path | None, email: str | None) -> None:
    """Write every field and layout to FILE, or to standard output."""
    crm = open_for_command()
    with crm.read(as_user(crm, email)) as uow:
        text = json.dumps(export_set(uow), ensure_ascii=False, indent=2) + "\n"
    if file is None:
        sys.stdout.write(text)
    else:
        file.write_text(text, encoding="utf-8")


@studio.command("apply")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Write nothing, tell what would happen.")
@_as
@json_option
def apply_command(
    file: Path, email: str | None, *, dry_run: bool, as_json: bool
) -> None:
    """Make and change what FILE names. Nothing is deleted; twice is once."""
    wanted = read_set(file.read_bytes())
    crm = open_for_command()
    with crm.work(as_user(crm, email)) as uow, uow.session.begin_nested() as tried:
        done = apply_set(uow, wanted)
        if dry_run:
            tried.rollback()
    said = {"made": done.made, "changed": done.changed, "same": done.same}
    verb = "would be " if dry_run else ""
    text = (
        f"{len(done.made)} {verb}made, {len(done.changed)} {verb}changed, "
        f"{len(done.same)} the same."
    )
    answer(said, as_json=as_json, text=text)
