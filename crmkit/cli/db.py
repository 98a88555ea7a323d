"""`crmkit db`: migrations of the core and of plugins, backups."""

from __future__ import annotations

import click
from sqlalchemy import make_url

from crmkit.app import open_crm
from crmkit.cli.backups import backup, restore, resume
from crmkit.cli.opening import open_for_command, open_to_look
from crmkit.cli.printing import FailedError, answer, json_option, table
from crmkit.core import JobState, Settings, sentence_of_job
from crmkit.core.migrate import FailedMigrationsError, is_pending


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
    failure = None
    try:
        ran = crm.upgrade()
    except FailedMigrationsError as error:
        ran, failure = error.ran, error
    if "core" in ran:
        from crmkit.cli.beginning import begin  # noqa: PLC0415  (once in a lifetime)

        begin(crm)
    done = f"Migrated: {', '.join(ran)}." if ran else "Nothing was pending."
    answer({"migrated": ran}, as_json=as_json, text=done)
    if failure is not None:
        raise failure


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
    crm = open_for_command()
    # What compares tables is heavy, and no other command needs it.
    from crmkit.core import damage  # noqa: PLC0415

    with crm.engine.connect() as connection:
        found = list(damage.find_damage(connection))
        found += damage.find_damage_of_plugins(connection, crm.plugins)
    answer({"problems": found}, as_json=as_json, text=found or "The database is whole.")
    if found:
        plural = "" if len(found) == 1 else "s"
        sentence = f"The check found {len(found)} problem{plural}."
        raise FailedError(sentence)


@db.command()
@click.argument("what", type=click.Choice(["past", "search"]))
@json_option
def rebuild(what: str, *, as_json: bool) -> None:
    """Make anew what follows from records: the past of leads, or the words of search.

    Others may go on working. What was made anew already is not done again after an
    interruption: the next worker goes on.
    """
    crm = open_for_command()
    from crmkit.jobs import run_here  # noqa: PLC0415  (jobs are heavy)

    with crm.work() as uow:
        job_id = uow.enqueue(f"rebuild_{what}", key=what)
    job = run_here(crm, job_id)
    if job.state is not JobState.DONE:
        raise FailedError(sentence_of_job(job, str) or f"The job is {job.state}.")
    answer({"job_id": job.id}, as_json=as_json, text=f"The {what} is made anew.")


db.add_command(backup)
db.add_command(restore)
db.add_command(resume)
