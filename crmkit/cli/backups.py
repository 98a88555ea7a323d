"""`crmkit db backup`, `restore` and `resume`."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import make_url

from crmkit.cli.opening import open_any, open_for_command
from crmkit.cli.printing import answer, json_option, progress
from crmkit.core import (
    Destination,
    Settings,
    back_up_database,
    end_pause,
    key_file,
    restore_database,
    size_of,
    unopened_secrets,
)

FILE = click.Path(dir_okay=False, path_type=Path)
OLD_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_MEGABYTE = 1024 * 1024


@click.command()
@click.argument("file", type=FILE)
@json_option
def backup(file: Path, *, as_json: bool) -> None:
    """Write all of the database into the new FILE; others may go on writing.

    The file holds everything that the database knows: keep it as safe as the
    database. It does not hold the secret key.
    """
    crm = open_for_command()
    with progress("Writing", size_of(crm.engine)) as step:
        manifest = back_up_database(crm.engine, file, crm.clock.now(), step)
    size, rows = file.stat().st_size, sum(manifest.rows.values())
    key = where_key_lies(crm.settings)
    answer(
        {
            "file": str(file),
            "secret_key": key,
            "size": size,
            "rows": rows,
            "tables": len(manifest.rows),
            "migrations": manifest.trees,
        },
        as_json=as_json,
        text=[
            (
                f"{file}: {rows:,} rows of {len(manifest.rows)} tables, "
                f"{size / _MEGABYTE:,.1f} MB."
            ),
            f"The secret key is not in it. {key}",
        ],
    )


@click.command()
@click.argument("file", type=OLD_FILE)
@click.option("--replace", is_flag=True, help="Remove what the database holds now.")
@click.option("--yes", is_flag=True, help="Do not ask before removing.")
@json_option
def restore(file: Path, *, replace: bool, yes: bool, as_json: bool) -> None:
    """Put what the backup FILE holds into the database.

    Stop crmkit first. FILE is checked before anything is touched, and where something
    fails the database stays as it was. Afterwards sending and schedules are off until
    crmkit db resume.
    """
    crm = open_any()
    if replace and not yes:
        url = make_url(crm.settings.database_url).render_as_string(hide_password=True)
        click.confirm(f"Remove everything that is in {url}?", abort=True, err=True)
    with progress("Checking and restoring", 2 * file.stat().st_size) as step:
        to = Destination(crm.engine, crm.trees(), crm.clock.now(), step)
        manifest = restore_database(to, file, replace=replace)
    rows = sum(manifest.rows.values())
    with crm.read() as uow:
        closed = unopened_secrets(uow)
    answer(
        {
            "made_at": manifest.made_at,
            "rows": rows,
            "tables": len(manifest.rows),
            "unopened_secrets": closed,
        },
        as_json=as_json,
        text=[
            f"Restored {rows:,} rows of {manifest.made_at}.",
            (
                "Sending and schedules are off, and jobs that waited; crmkit db resume "
                "switches them on."
            ),
            *(f"The secret “{name}” does not open with this key." for name in closed),
        ],
    )


def where_key_lies(settings: Settings) -> str:
    """What to keep beside a backup so that its secrets can be opened again."""
    if settings.secret_key is not None:
        return "Keep CRMKIT_SECRET_KEY apart from it."
    file = key_file(settings.database_url)
    if file is not None and file.exists():
        return f"Keep {file} apart from it."
    return "There is none yet, and no secret."


@click.command()
@json_option
def resume(*, as_json: bool) -> None:
    """Let sending, schedules and jobs that waited go on after a restore."""
    crm = open_for_command()
    with crm.work() as uow:
        pause = end_pause(uow)
    answer(
        {"paused_since": pause.since},
        as_json=as_json,
        text="Sending and schedules are on again.",
    )
