"""The manifest: what a plugin says of itself before it does anything."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import BaseModel

PLUGIN_API = (1, 0)
"""The version of the plugin API that this crmkit speaks, as (major, minor)."""

_ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST_ID = 24
_LONGEST_PERMISSION = 48

LowestRole = Literal["own", "team", "all", "manager", "admin"]


class ManifestError(ValueError):
    """Something a manifest says cannot be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Something that a plugin lets only some roles do.

    `name` is like `import_files`, and everywhere else it is `<plugin id>.<name>`. The
    label is a sentence of the plugin's catalogue. Admins keep it for a higher role than
    `lowest_role` if they like, never for a lower one.
    """

    name: str
    label: str
    lowest_role: LowestRole = "own"

    def __post_init__(self) -> None:
        """Refuse a name that is none, and a role that does not exist."""
        if not _ID.fullmatch(self.name) or len(self.name) > _LONGEST_PERMISSION:
            sentence = (
                f"“{self.name}” is no permission's name: small letters, digits and "
                f"single underscores, {_LONGEST_PERMISSION} characters at most."
            )
            raise ManifestError(sentence)
        if self.lowest_role not in get_args(LowestRole):
            known = ", ".join(get_args(LowestRole))
            sentence = f"“{self.lowest_role}” is no role; there are {known}."
            raise ManifestError(sentence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """A plugin's manifest, the one object that its module must hold as `plugin`.

    `api` is the major version of the plugin API it was written for, `api_minor` the
    least minor one that has what it uses; every later one of the major does. `requires`
    and `conflicts` name other plugins by id; `after` only orders, where both are
    there. `personal_data` says, in words, what it stores about people, `permissions`
    what not every role may do with it. `settings` is a Pydantic model whose fields
    admins set, read by `crmkit.core.settings_of`; a field that changes its meaning
    raises `settings_version`, and `migrate_settings` gets the older version with what
    was kept under it, and answers what that is now.
    """

    id: str
    name: str
    summary: str = ""
    api: int = PLUGIN_API[0]
    api_minor: int = 0
    requires: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    personal_data: tuple[str, ...] = ()
    permissions: tuple[Permission, ...] = ()
    settings: type[BaseModel] | None = None
    settings_version: int = 1
    migrate_settings: (
        Callable[[int, Mapping[str, object]], dict[str, object]] | None
    ) = None

    def __post_init__(self) -> None:
        """Refuse an id that could not be part of a table's or an address's name."""
        if not _ID.fullmatch(self.id) or len(self.id) > _LONGEST_ID:
            sentence = (
                f"“{self.id}” is no plugin id: small letters, digits and single "
                f"underscores, a letter first, {_LONGEST_ID} characters at most."
            )
            raise ManifestError(sentence)
        names = [permission.name for permission in self.permissions]
        if len(names) != len(set(names)):
            raise ManifestError("Two of its permissions have one name.")
