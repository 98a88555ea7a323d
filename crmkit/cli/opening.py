"""Opening the CRM for a command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from sqlalchemy import make_url

from crmkit.app import open_crm
from crmkit.core import CrmError, NotFoundError, Settings, find_user, mark

if TYPE_CHECKING:
    from crmkit.app import Crm


class NoDatabaseError(CrmError):
    """The configured SQLite file does not exist."""

    def __init__(self, file: str) -> None:
        super().__init__(
            mark("There is no database {file} yet; crmkit db upgrade makes it."),
            file=file,
        )


class PendingError(CrmError):
    """Migrations of the core wait."""

    def __init__(self) -> None:
        super().__init__(mark("Migrations are pending; run crmkit db upgrade first."))


def open_for_command() -> Crm:
    """The CRM of the settings, its plugins loaded and its database ready.

    Raises NoDatabaseError or PendingError where the database has to be made first.
    """
    settings = Settings()
    check_there(settings)
    crm = _open(settings)
    check_migrated(crm)
    return crm


def open_to_look() -> Crm:
    """The CRM as it is: it may be pending, and a missing SQLite file is not made."""
    settings = Settings()
    if missing_file(settings.database_url) is None:
        return _open(settings)
    crm = _open(settings.model_copy(update={"database_url": "sqlite://"}))
    crm.settings = settings
    return crm


def open_any() -> Crm:
    """The CRM as it is: empty, pending, or an SQLite file that is only now made."""
    return _open(Settings())


def _open(settings: Settings) -> Crm:
    crm = open_crm(settings)
    context = click.get_current_context(silent=True)
    if context is not None:
        context.call_on_close(crm.close)
    return crm


def check_there(settings: Settings) -> None:
    """Raise NoDatabaseError where the SQLite file is missing."""
    file = missing_file(settings.database_url)
    if file is not None:
        raise NoDatabaseError(file)


def check_migrated(crm: Crm) -> None:
    """Raise PendingError unless the core's migrations were run."""
    if crm.is_pending():
        raise PendingError


def missing_file(url: str) -> str | None:
    """The SQLite file that `url` names, if it is not there: opening would make it."""
    parsed = make_url(url)
    file = parsed.database
    if parsed.get_backend_name() != "sqlite" or not file or file == ":memory:":
        return None
    return None if Path(file).exists() else file


def as_user(crm: Crm, email: str | None) -> int | None:
    """The id of the user to work as; without an address None, which is crmkit itself.

    Raises NotFoundError where nobody has the address.
    """
    if email is None:
        return None
    with crm.read() as uow:
        user = find_user(uow, email)
        if user is None:
            raise NotFoundError("user", email)
        return user.id
