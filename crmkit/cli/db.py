"""`crmkit db`: migrations of the core and of plugins, backups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from sqlalchemy import make_url, text

from crmkit.app import open_crm
from crmkit.cli.backups import backup, restore, resume
from crmkit.cli.opening import open_for_command, open_to_look
from crmkit.cli.printing import FailedError, answer, json_option, table
from crmkit.core import Settings
from crmkit.core.migrate import is_pending

if TYPE_CHECKING:
    from crmkit.app import Crm


@click.group()
def db() -> None:
    """Migrations of the database, its state, and backups."""


@db.command()
@json_option
def upgrade(*, as_json: bool) -> None:
    """Run every pending migration of the core and of plugins.

    A new database gets its first stages and lost reasons.
    """
    crm = open_crm(Settings())
    ran = crm.upgrade()
    if "core" in ran:
        from crmkit.cli.beginning import begin  # noqa: PLC0415  (once in a lifetime)

        begin(crm)
    done = f"Migrated: {', '.join(ran)}." if ran else "Nothing was pending."
    answer({"migrated": ran}, as_json=as_json, text=done)


@db.command()
@json_option
def status(*, as_json: bool) -> None:
    """Tell which migrations are pending; nothing is changed."""
    crm = open_to_look()
    url = make_url(crm.settings.database_url).render_as_string(hide_password=True)
    states = {
        tree.owner: "pending" if is_pending(crm.engine, tree) else "done"
        for tree in crm.trees()
    }
    answer(
        {"database": url, "migrations": states},
        as_json=as_json,
        text=[url, *table(["owner", "migrations"], states.items())],
    )


@db.command()
@json_option
def check(*, as_json: bool) -> None:
    """Read the whole database and tell what is broken in it."""
    found = find_damage(open_for_command())
    answer({"problems": found}, as_json=as_json, text=found or "The database is whole.")
    if found:
        plural = "" if len(found) == 1 else "s"
        sentence = f"The check found {len(found)} problem{plural}."
        raise FailedError(sentence)


db.add_command(backup)
db.add_command(restore)
db.add_command(resume)


def find_damage(crm: Crm) -> list[str]:
    """What SQLite finds broken in its file; PostgreSQL checks its pages itself."""
    if crm.engine.dialect.name != "sqlite":
        return []
    with crm.engine.connect() as connection:
        pages = connection.execute(text("PRAGMA integrity_check")).scalars().all()
        rows = connection.execute(text("PRAGMA foreign_key_check")).all()
    broken = [str(line) for line in pages if line != "ok"]
    return broken + [f"{row[0]} {row[1]} points at no {row[2]}." for row in rows]
