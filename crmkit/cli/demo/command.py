"""`crmkit demo`: a demo database, and serving it."""

from __future__ import annotations

from time import perf_counter

import click

from crmkit.app import open_crm
from crmkit.cli.demo.database import (
    Holds,
    check_empty,
    delete_demo_file,
    demo_settings,
    look_into,
)
from crmkit.cli.demo.making import LIVED, PASSWORD, make_demo
from crmkit.cli.demo.scenery import EMAIL
from crmkit.cli.listening import HOST, PORT, address_of, listen

_MOST = 5_000_000


@click.command()
@click.option(
    "--leads",
    default=LIVED,
    show_default=True,
    type=click.IntRange(0, _MOST),
    help="How many leads to make.",
)
@click.option("--host", default=HOST, show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=PORT,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes any that is free.",
)
@click.option("--fresh", is_flag=True, help="Replace the demo that is there.")
@click.option("--no-serve", is_flag=True, help="Only make the database.")
def demo(leads: int, host: str, port: int, *, fresh: bool, no_serve: bool) -> None:
    """Make a demo database with a year of invented data, and serve it.

    It is the file crmkit-demo.db, or the database that CRMKIT_DATABASE_URL names. A
    demo that is there already is kept.
    """
    listening = None if no_serve else listen(host, port)
    _prepare(leads, fresh=fresh)
    if listening is None:
        _say_sign_in()
        return
    # The web is heavy, and --no-serve does without it.
    from crmkit.cli.serving import serve_here  # noqa: PLC0415

    address = address_of(listening)

    def say_ready() -> None:
        click.echo(f"crmkit serves the demo on {address}")
        _say_sign_in()

    serve_here(open_crm(demo_settings()), listening, say_ready)


def _prepare(leads: int, *, fresh: bool) -> None:
    if fresh:
        delete_demo_file()
    settings = demo_settings()
    crm = open_crm(settings)
    holds, database = look_into(crm), crm.engine.url.render_as_string()
    crm.close()
    if holds is Holds.A_DEMO:
        click.echo(f"The demo in {database} is kept; --fresh makes it anew.")
        return
    check_empty(holds)
    if holds is Holds.HALF_A_DEMO:
        delete_demo_file()
    began = perf_counter()
    click.echo(f"Making a demo of {leads} leads in {database} …")
    make_demo(settings, leads)
    click.echo(f"Made in {perf_counter() - began:.1f} s.")


def _say_sign_in() -> None:
    click.echo(f"Sign in as {EMAIL} with the password {PASSWORD}")
    click.echo("(others of crmkit user list have the same password).")
    click.echo(f"A token for the API: crmkit user token {EMAIL}")
