"""`crmkit calendar-feed`: who has an address, and ending one."""

from __future__ import annotations

import click

from crmkit.cli import FailedError, answer, json_option, open_for_command, table
from crmkit_calendar_feed.feeds import list_feeds, revoke


@click.group("calendar-feed")
def calendar_feed() -> None:
    """Secret addresses of calendar feeds."""


@calendar_feed.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List who has an address, and since when."""
    crm = open_for_command()
    with crm.read() as uow:
        rows = [
            {"email": user.email, "made_at": feed.made_at}
            for user, feed in list_feeds(uow)
        ]
    lines = table(["email", "made_at"], (list(row.values()) for row in rows))
    text = lines if rows else "Nobody has a calendar feed."
    answer({"items": rows}, as_json=as_json, text=text)


@calendar_feed.command("revoke")
@click.argument("email")
def revoke_(email: str) -> None:
    """End the address of the user EMAIL."""
    crm = open_for_command()
    with crm.work() as uow:
        feeds = {user.email: feed for user, feed in list_feeds(uow)}
        if email not in feeds:
            sentence = f"{email} has no calendar feed."
            raise FailedError(sentence)
        revoke(uow, feeds[email])
    click.echo(f"The address of {email} is revoked.")
