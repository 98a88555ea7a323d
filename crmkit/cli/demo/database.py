"""Where the demo lives: its database, and whether a demo is in it already."""

from __future__ import annotations

import os
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect

from crmkit.cli.demo.scenery import EMAIL
from crmkit.cli.opening import check_migrated
from crmkit.cli.printing import FailedError
from crmkit.core import Settings, User, find_user, list_stages, list_users

if TYPE_CHECKING:
    from crmkit.app import Crm

FILE = "crmkit-demo.db"
COMPANY = "Sonde & Cie"
_URL = "CRMKIT_DATABASE_URL"


class Holds(Enum):
    """What a database holds before the demo is made."""

    NOTHING = auto()
    A_DEMO = auto()
    HALF_A_DEMO = auto()
    SOMETHING_ELSE = auto()


def demo_settings() -> Settings:
    """The settings with the demo's own database, unless the environment names one.

    A file's database is left alone: it holds somebody's work.
    """
    is_named = bool(os.environ.get(_URL))
    settings = Settings() if is_named else Settings(database_url=f"sqlite:///{FILE}")
    if "company" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"company": COMPANY})


def look_into(crm: Crm) -> Holds:
    """What the database holds. An older demo's own file is migrated first."""
    if not inspect(crm.engine).has_table(User.__tablename__):
        return Holds.NOTHING
    if os.environ.get(_URL):
        check_migrated(crm)
    else:
        crm.upgrade()
    with crm.read() as uow:
        user = find_user(uow, EMAIL)
        if user is None:
            is_used = list_users(uow) or list_stages(uow)
            return Holds.SOMETHING_ELSE if is_used else Holds.NOTHING
    # The password is the last thing to be written.
    return Holds.A_DEMO if user.password_hash else Holds.HALF_A_DEMO


def check_empty(holds: Holds) -> None:
    """Raise FailedError where a demo would be written over something."""
    if holds is Holds.SOMETHING_ELSE:
        sentence = f"The database holds data that is no demo; name another in {_URL}."
        raise FailedError(sentence)
    if holds is Holds.HALF_A_DEMO and os.environ.get(_URL):
        sentence = f"The database holds half a demo; name an empty one in {_URL}."
        raise FailedError(sentence)


def delete_demo_file() -> None:
    """Delete the demo's own file."""
    if os.environ.get(_URL):
        sentence = f"--fresh only replaces {FILE}, not the database of {_URL}."
        raise FailedError(sentence)
    for end in ("", "-wal", "-shm"):
        Path(FILE + end).unlink(missing_ok=True)
