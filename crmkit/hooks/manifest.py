"""The manifest: what a plugin says of itself before it does anything."""

from __future__ import annotations

import re
from dataclasses import dataclass

PLUGIN_API = (1, 0)
"""The version of the plugin API that this crmkit speaks, as (major, minor)."""

_ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST_ID = 24


class ManifestError(ValueError):
    """Something a manifest says cannot be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """A plugin's manifest, the one object that its module must hold as `plugin`.

    `api` is the major version of the plugin API it was written for. `requires`
    and `conflicts` name other plugins by id; `after` only orders, where both are
    there. `personal_data` says, in words, what it stores about people.
    """

    id: str
    name: str
    summary: str = ""
    api: int = PLUGIN_API[0]
    requires: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    personal_data: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse an id that could not be part of a table's or an address's name."""
        if not _ID.fullmatch(self.id) or len(self.id) > _LONGEST_ID:
            sentence = (
                f"“{self.id}” is no plugin id: small letters, digits and single "
                f"underscores, a letter first, {_LONGEST_ID} characters at most."
            )
            raise ManifestError(sentence)
