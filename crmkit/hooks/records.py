"""Hooks of records of any kind: taking changes back, removing them for ever."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmkit.hooks.forms import CheckHook, RegisterHook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmkit.core import Undoable, UnitOfWork


@dataclass(frozen=True, slots=True)
class RegisterUndo:
    """The plugin is asked how its own events are taken back."""

    plugin_id: str


register_undo: RegisterHook[RegisterUndo, Mapping[str, Undoable]] = RegisterHook(
    "register_undo", RegisterUndo, since="1.0"
)
"""Answer, by entity, how events of the plugin's records are taken back.

An entity is the word that its events bear (`Fact.entity`): the plugin's id, or what
begins with the id and `_`, 24 characters at most. Whoever undoes a change then takes
these events back together with the core's: `POST /changes/{id}/undo` and every “Undo”
of the pages. A CrmError stops the undo with its sentence. Anything else that raises is
rolled back, and the record is listed as one that stays; so are those of entities that
nobody registered, and of plugins that are switched off.
"""


@dataclass(frozen=True, slots=True)
class RecordsPurge:
    """Records are about to be removed for ever: their entity and ids."""

    uow: UnitOfWork
    entity: str
    ids: tuple[int, ...]


check_purge = CheckHook("check_purge", RecordsPurge, since="1.0")
"""Answer a `Refusal` where one of the records has to be kept, as by law.

After a refusal of several, the records are asked for one by one. A record that is
refused, or whose plugin fails, stays in the bin until the next time.
"""
