"""The command of the plugin that shows everywhere."""

import click


@click.command()
def command() -> None:
    """Say that it is there."""
    click.echo("Here.")
