"""Opening the CRM for a command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

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


def open_for_command(*, must_be_ready: bool = True) -> Crm:
    """The CRM of the settings, its plugins loaded.

    Raises NoDatabaseError or PendingError where the database has to be made first,
    unless the command can do without (`must_be_ready` False).
    """
    crm = open_crm(Settings())
    if must_be_ready:
        check_ready(crm)
    return crm


def check_ready(crm: Crm) -> None:
    """Raise NoDatabaseError or PendingError unless the core can work."""
    file = missing_file(crm.settings.database_url)
    if file is not None:
        raise NoDatabaseError(file)
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
