"""A setting as the database keeps it and as it is shown, the core's or a plugin's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base
from crmkit.core.errors import CrmError, mark

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "SettingValue",
]

REVISION = "settings"
HIDDEN = "••••••"
ENTITY = "setting"


class Setting(Base):
    """A setting that somebody changed; without a row the default holds.

    `name` is a name of CompanySettings, or `plugin_id.field`. `value` is a list of the
    one value, because SQLite reads a JSON text like "30" back as a number. A secret is
    sealed.
    """

    __tablename__ = "setting"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    value: Mapped[list[Any]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("crm_user.id"))


@dataclass(frozen=True, slots=True)
class SettingValue:
    """A setting as it is shown: no secret in it.

    `origin` is default, database, file or environment; `place` names the file or
    variable. A plugin's is named `plugin_id.field`. `is_locked` means that it cannot
    be changed here. `problem` is a sentence.
    """

    name: str
    label: str
    help: str
    section: str
    kind: str
    value: object
    default: object
    origin: str
    place: str
    is_locked: bool
    is_secret: bool
    choices: tuple[str, ...] = ()
    problem: str = ""
    plugin_id: str = ""


class UnknownSettingError(CrmError):
    """There is no setting of that name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        # Half a character can be asked for, and answered by nobody.
        name = name.encode(errors="replace").decode()
        nearest = get_close_matches(name, list(known), n=1)
        if nearest:
            super().__init__(
                mark("There is no setting “{name}”; did you mean “{nearest}”?"),
                field=name,
                name=name,
                nearest=nearest[0],
            )
        else:
            super().__init__(
                mark("There is no setting “{name}”."), field=name, name=name
            )


class LockedSettingError(CrmError):
    """Something stronger than the database sets this."""

    status = HTTPStatus.CONFLICT

    def __init__(self, name: str, place: str) -> None:
        super().__init__(
            mark("“{name}” is set by {place}; change it there."),
            field=name,
            name=name,
            place=place,
        )


def place_in_table(name: str) -> str:
    """The place that a setting's secret is sealed for."""
    return f"setting:value:{name}"
