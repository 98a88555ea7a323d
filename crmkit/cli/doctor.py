"""`crmkit doctor`: everything that is wrong."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from crmkit.cli.failures import sentence_of
from crmkit.cli.opening import check_migrated, check_there, open_to_look
from crmkit.cli.plugins import disabled_in
from crmkit.cli.printing import FailedError, answer, json_option
from crmkit.core import (
    CrmError,
    Role,
    Settings,
    State,
    current_pause,
    list_stages,
    list_users,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit.app import Crm

_FINE = {State.ACTIVE, State.DISABLED, State.AVAILABLE}
_OTHER_VARIABLES = {"CRMKIT_CONFIG", "CRMKIT_PROFILE"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; `trace` shows where, for whoever asks."""

    about: str
    sentence: str
    trace: str = ""


@click.command()
@click.option("--verbose", "-v", is_flag=True, help="Show the traces of plugins.")
@json_option
def doctor(*, verbose: bool, as_json: bool) -> None:
    """Tell everything that is wrong; exit 1 if anything is."""
    found = list(find_problems())
    lines = [f"{problem.about}: {problem.sentence}" for problem in found]
    if verbose:
        lines += [f"\n{p.about}:\n{p.trace}" for p in found if p.trace]
    answer(
        {"problems": [asdict(problem) for problem in found]},
        as_json=as_json,
        text=lines or "Nothing is wrong.",
    )
    if found:
        many = "1 problem was" if len(found) == 1 else f"{len(found)} problems were"
        sentence = f"{many} found."
        raise FailedError(sentence)


def find_problems() -> Iterator[Problem]:
    """What is wrong, from the settings inwards; each step needs those before it."""
    yield from _unknown_variables()
    try:
        settings = Settings()
    except (ValidationError, ValueError) as error:
        yield Problem("settings", sentence_of(error))
        return
    try:
        crm = open_to_look()
    except (CrmError, SQLAlchemyError, ImportError) as error:
        yield Problem("database", sentence_of(error))
        return
    try:
        check_there(settings)
        check_migrated(crm)
        off = disabled_in(crm)
    except (CrmError, SQLAlchemyError) as error:
        yield Problem("database", sentence_of(error))
        yield from _plugins(crm, frozenset())
        return
    yield from _plugins(crm, off)
    yield from _records(crm)
    yield from _pauses(crm)


def _unknown_variables() -> Iterator[Problem]:
    known = {f"CRMKIT_{name}".upper() for name in Settings.model_fields}
    for name in sorted(os.environ):
        is_ours = name.upper().startswith("CRMKIT_")
        if is_ours and name.upper() not in known | _OTHER_VARIABLES:
            yield Problem("settings", f"The variable {name} names no setting.")


def _plugins(crm: Crm, off: frozenset[str]) -> Iterator[Problem]:
    for plugin_id in crm.plugins.order:
        entry = crm.plugins.entries[plugin_id]
        state = crm.state_of(entry, off)
        if state not in _FINE:
            sentence = f"It is {state}. {entry.error}".rstrip()
            yield Problem(f"plugin {entry.id}", sentence, entry.trace)


def _pauses(crm: Crm) -> Iterator[Problem]:
    with crm.read() as uow:
        pause = current_pause(uow)
    if pause is not None:
        since = f"{pause.since:%Y-%m-%d %H:%M} UTC"
        sentence = (
            f"Sending and schedules are off since {since}. {pause.reason} "
            "crmkit db resume switches them on."
        )
        yield Problem("sending", sentence)


def _records(crm: Crm) -> Iterator[Problem]:
    with crm.read() as uow:
        stages = list_stages(uow)
        admins = [
            user
            for user in list_users(uow)
            if user.role is Role.ADMIN and user.password_hash
        ]
    if not admins:
        add = "crmkit user add EMAIL --role admin"
        yield Problem("users", f"No admin can sign in; {add} adds one.")
    if not stages:
        yield Problem("stages", "There is no stage yet.")
    elif not any(stage.is_won for stage in stages):
        yield Problem("stages", "No stage means “won”.")
