"""`crmkit user`: who may sign in, and API tokens."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from crmkit.cli.opening import open_for_command
from crmkit.cli.printing import answer, json_option, table
from crmkit.core import (
    NotFoundError,
    Role,
    TokenDraft,
    UserDraft,
    add_user,
    disable_user,
    find_user,
    get_token,
    list_tokens,
    list_users,
    make_token,
    revoke_token,
    set_password,
    start_of_day,
)

if TYPE_CHECKING:
    from crmkit.core import AccessToken, UnitOfWork, User


@click.group()
def user() -> None:
    """Users, and tokens for the API."""


@user.command()
@click.argument("email")
@click.option("--name", help="Name shown; without it, what stands before the @.")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.OWN.value,
    show_default=True,
    help="How much the user sees and may do.",
)
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input."
)
@json_option
def add(
    email: str, name: str | None, role: str, *, password_stdin: bool, as_json: bool
) -> None:
    """Add a user with the address EMAIL; asks for a password."""
    crm = open_for_command()
    draft = UserDraft(
        name=name or email.partition("@")[0], email=email, role=Role(role)
    )
    password = read_password(from_stdin=password_stdin)
    with crm.work() as uow:
        new = add_user(uow, draft)
        set_password(uow, new, password)
    text = f"{new.name} <{new.email}> can sign in, with the role {new.role}."
    answer(_row(new), as_json=as_json, text=text)


def read_password(*, from_stdin: bool) -> str:
    """The first line of standard input, or what is typed twice at a terminal."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        sentence = "There is no terminal to ask for a password; use --password-stdin."
        raise click.UsageError(sentence)
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


@user.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List the users who are not disabled."""
    with open_for_command().read() as uow:
        rows = [_row(user) for user in list_users(uow)]
    heads = ["id", "email", "name", "role"]
    lines = table(heads, ([row[head] or "" for head in heads] for row in rows))
    answer({"items": rows}, as_json=as_json, text=lines)


@user.command()
@click.argument("email")
def disable(email: str) -> None:
    """Keep the user EMAIL out from now on; what he owns stays his."""
    with open_for_command().work() as uow:
        found = _need(uow, email)
        disable_user(uow, found)
    click.echo(f"{found.name} cannot sign in any more.")


@user.command()
@click.argument("email")
@click.option("--name", default="command line", help="What the token is for.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    help="What it may do, like read, leads:write or p:PLUGIN; without it, everything.",
)
@click.option(
    "--expires",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The last day on which it is good; without it, it does not end.",
)
@json_option
def token(
    email: str,
    name: str,
    scopes: tuple[str, ...],
    expires: datetime | None,
    *,
    as_json: bool,
) -> None:
    """Make an API token for EMAIL; it is shown once, alone on the last line."""
    with open_for_command().work() as uow:
        found = _need(uow, email)
        end = None
        if expires is not None:
            end = start_of_day(expires.date() + timedelta(days=1), uow.settings.zone)
        values = {"scopes": scopes} if scopes else {}
        draft = TokenDraft(name=name, expires_at=end, **values)
        new, key = make_token(uow, found, draft)
    said = f"A token of {found.name} for {', '.join(new.scope_list)}, shown only now:"
    data = {"email": email, **_token_row(new), "token": key}
    answer(data, as_json=as_json, text=[said, key])


@user.command()
@click.argument("email")
@json_option
def tokens(email: str, *, as_json: bool) -> None:
    """List the API tokens of EMAIL, without their keys."""
    with open_for_command().read() as uow:
        rows = [_token_row(one) for one in list_tokens(uow, _need(uow, email))]
    heads = ["id", "name", "scopes", "created_at", "expires_at", "last_used_at"]
    lines = table(heads, ([_cell(row[head]) for head in heads] for row in rows))
    text = lines if rows else "There is no token."
    answer({"items": rows}, as_json=as_json, text=text)


@user.command()
@click.argument("token_id", type=int)
def revoke(token_id: int) -> None:
    """End the API token TOKEN_ID, from its next request on."""
    with open_for_command().work() as uow:
        found = get_token(uow, token_id)
        revoke_token(uow, found)
    click.echo(f"The token “{found.name}” is good no more.")


def _token_row(found: AccessToken) -> dict[str, object]:
    return {
        "id": found.id,
        "name": found.name,
        "scopes": found.scope_list,
        "created_at": found.created_at,
        "expires_at": found.expires_at,
        "last_used_at": found.last_used_at,
    }


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return " ".join(value) if isinstance(value, list) else value or ""


def _need(uow: UnitOfWork, email: str) -> User:
    found = find_user(uow, email)
    if found is None:
        raise NotFoundError("user", email)
    return found


def _row(user: User) -> dict[str, object]:
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "role": user.role.value,
    }
