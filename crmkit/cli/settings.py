"""`crmkit settings`: what holds, where it comes from, and changing it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from crmkit.cli.opening import open_for_command
from crmkit.cli.printing import answer, json_option, table
from crmkit.core import SettingValue, change_settings, settings_with_origin
from crmkit.core.setting_rows import UnknownSettingError

if TYPE_CHECKING:
    from crmkit.app import Crm

STANDARD_INPUT = "-"


@click.group()
def settings() -> None:
    """Settings, and where each value comes from."""


@settings.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List every setting; secrets are masked."""
    every = _read(open_for_command())
    rows = [(one.name, _as_text(one.value), _origin(one)) for one in every]
    answer(
        {"items": [_describe(one) for one in every]},
        as_json=as_json,
        text=table(["name", "value", "from"], rows),
    )


@settings.command("get")
@click.argument("name")
@json_option
def get(name: str, *, as_json: bool) -> None:
    """Print the value of the setting NAME."""
    one = _need(_read(open_for_command()), name)
    answer(_describe(one), as_json=as_json, text=_as_text(one.value))


@settings.command("set")
@click.argument("name")
@click.argument("value", required=False)
@click.option("--default", "is_default", is_flag=True, help="Give the default back.")
@json_option
def set_(name: str, value: str | None, *, is_default: bool, as_json: bool) -> None:
    """Set NAME to VALUE in the database; VALUE - reads it from standard input.

    It holds in every process from its next request on.
    """
    if is_default == (value is not None):
        sentence = "Give a VALUE, or --default."
        raise click.UsageError(sentence)
    if value == STANDARD_INPUT:
        value = sys.stdin.readline().rstrip("\r\n")
    crm = open_for_command()
    with crm.work() as uow:
        change_settings(uow, {name: value})
    one = _need(_read(crm), name)
    said = f"{one.name} is {_as_text(one.value)} ({_origin(one)})."
    answer(_describe(one), as_json=as_json, text=said)


def _read(crm: Crm) -> list[SettingValue]:
    with crm.read() as uow:
        return settings_with_origin(uow)


def _need(every: list[SettingValue], name: str) -> SettingValue:
    found = next((one for one in every if one.name == name), None)
    if found is None:
        raise UnknownSettingError(name, [one.name for one in every])
    return found


def _origin(one: SettingValue) -> str:
    return one.place or one.origin


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(map(str, value))
    return "" if value is None else str(value)


def _describe(one: SettingValue) -> dict[str, object]:
    return {
        "name": one.name,
        "value": one.value,
        "default": one.default,
        "origin": one.origin,
        "place": one.place,
        "locked": one.is_locked,
        "secret": one.is_secret,
        "choices": one.choices,
        "problem": one.problem,
        "help": one.help,
    }
