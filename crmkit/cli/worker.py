"""`crmkit worker`: jobs and schedules are run."""

from __future__ import annotations

from threading import Event

import click

from crmkit.cli.opening import open_for_command
from crmkit.core import set_up_logs
from crmkit.jobs.worker import stop_on_signals, stop_with_parent, work


@click.command()
@click.option("--child", is_flag=True, hidden=True, help="End when stdin closes.")
def worker(*, child: bool) -> None:
    """Run the jobs and schedules of the configured database until it is stopped.

    On SQLite, crmkit serve starts one by itself. On PostgreSQL any number of them may
    run, on any number of machines. SIGTERM lets it finish its step and end.
    """
    stop = Event()
    stop_on_signals(stop)
    if child:
        stop_with_parent(stop)
    crm = open_for_command()
    set_up_logs(crm.settings)
    if not child:
        database = crm.engine.url.render_as_string(hide_password=True)
        click.echo(f"crmkit works on the jobs of {database}")
    work(crm, stop)
