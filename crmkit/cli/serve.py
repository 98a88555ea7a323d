"""`crmkit serve`: the pages and the API on a port."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

import click

from crmkit.cli.listening import HOST, PORT, address_of, listen
from crmkit.cli.opening import open_for_command
from crmkit.cli.printing import FailedError
from crmkit.core import State

if TYPE_CHECKING:
    from crmkit.app import Crm

_STARTED = {State.ACTIVE, State.AVAILABLE, State.ORPHANED}


@click.command()
@click.option("--host", default=HOST, show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=PORT,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes any that is free.",
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="How many processes answer.",
)
@click.option("--strict-plugins", is_flag=True, help="Refuse if a plugin cannot start.")
@click.option("--safe-mode", is_flag=True, help="Start without any plugin.")
def serve(
    host: str, port: int, workers: int, *, strict_plugins: bool, safe_mode: bool
) -> None:
    """Serve the pages and the API of the configured database."""
    if safe_mode:
        # In the environment, because processes of their own read it again.
        os.environ["CRMKIT_PLUGINS"] = "[]"
    crm = open_for_command()
    if strict_plugins:
        check_plugins(crm)
    listening = listen(host, port)
    # The web is heavy: what is refused, and --help, do without it.
    from crmkit.cli.serving import serve_by_many, serve_here  # noqa: PLC0415

    ready = f"crmkit serves on {address_of(listening)}"
    if workers == 1:
        serve_here(crm, listening, lambda: click.echo(ready))
        return
    crm.close()
    click.echo(ready)
    serve_by_many(crm.settings, listening, workers)


def check_plugins(crm: Crm) -> None:
    """Raise FailedError naming the plugins that could not start."""
    # What they bring to the door is tried too.
    import_module("crmkit.web").create_app(crm)
    every = sorted(crm.plugins.entries.values(), key=lambda entry: entry.id)
    bad = [entry for entry in every if entry.state not in _STARTED]
    if bad:
        named = "; ".join(f"{e.id} is {e.state}. {e.error}".rstrip() for e in bad)
        sentence = f"Plugins cannot start: {named}"
        raise FailedError(sentence)
