"""What surrounds the database: variables, settings, the secret key, the disk."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from crmkit.cli.doctor.problem import Problem
from crmkit.core import (
    Settings,
    keys_of,
    settings_with_origin,
    stored_settings_over,
    unopened_secrets,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit.app import Crm

_OTHER_VARIABLES = {"CRMKIT_CONFIG", "CRMKIT_PROFILE"}
_MEGABYTE = 1024 * 1024
LEAST_FREE = 512 * _MEGABYTE


def find_unknown_variables() -> Iterator[Problem]:
    """Variables of the environment that look like settings and are none."""
    known = {f"CRMKIT_{name}".upper() for name in Settings.model_fields}
    for name in sorted(os.environ):
        is_ours = name.upper().startswith("CRMKIT_")
        # With two underscores it is a plugin's; those are known once it is loaded.
        is_ours = is_ours and "__" not in name
        if is_ours and name.upper() not in known | _OTHER_VARIABLES:
            sentence = f"The variable {name} names no setting."
            yield Problem("settings", sentence, "Correct its name, or take it away.")


def find_full_disks(settings: Settings) -> Iterator[Problem]:
    """Too little room beside an SQLite file; PostgreSQL's disk is not ours to see."""
    try:
        url = make_url(settings.database_url)
    except ArgumentError:
        return
    if url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"}:
        return
    folder = Path(str(url.database)).absolute().parent
    if not folder.is_dir():
        return
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        sentence = f"Only {free // _MEGABYTE:,} MB are free beside the database."
        yield Problem("disk", sentence, f"Make room in {folder}.")


def find_plugin_variables(crm: Crm) -> Iterator[Problem]:
    """Variables that look like settings of plugins and are none."""
    known = {
        f"CRMKIT_{plugin_id}__{name}".upper()
        for plugin_id, one in crm.plugin_settings.own.items()
        for name in one.model.model_fields
    }
    for name in sorted(os.environ):
        is_ours = name.upper().startswith("CRMKIT_") and "__" in name
        if is_ours and name.upper() not in known:
            sentence = f"The variable {name} names no setting of a plugin."
            yield Problem("settings", sentence, "Correct its name, or take it away.")


def find_wrong_settings(crm: Crm) -> Iterator[Problem]:
    """Stored settings that cannot be any more, or that something stronger hides."""
    with crm.read() as uow:
        every = settings_with_origin(uow)
        hidden = stored_settings_over(uow)
    for one in every:
        # Secrets that do not open are told of with the key.
        if one.problem and not one.is_secret:
            sentence = f"What the database holds of “{one.name}” cannot be."
            remedy = f"crmkit settings set {one.name} VALUE, or --default."
            yield Problem("settings", sentence, remedy)
    for name, place in hidden:
        sentence = f"“{name}” was changed in the CRM, but {place} is stronger."
        yield Problem("settings", sentence, f"Take it out of {place} to let it hold.")


def find_wrong_keys(crm: Crm) -> Iterator[Problem]:
    """A secret key that is missing, or that does not open what is stored."""
    with crm.read() as uow:
        closed = unopened_secrets(uow)
    is_missing = not keys_of(crm.settings).texts
    if is_missing and crm.engine.dialect.name == "postgresql":
        sentence = "CRMKIT_SECRET_KEY is not set; no secret can be kept."
        remedy = "Set it to a long random text, the same for every process."
        yield Problem("secret key", sentence, remedy)
        return
    for name in closed:
        sentence = f"The secret “{name}” does not open with this key."
        remedy = "Add the key that it was kept with, or enter it anew."
        yield Problem("secret key", sentence, remedy)
