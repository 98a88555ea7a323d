"""Hooks of records of any kind: removing them for ever."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmkit.hooks.forms import CheckHook

if TYPE_CHECKING:
    from crmkit.core import UnitOfWork


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
