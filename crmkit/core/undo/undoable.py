"""How the events of one entity are taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crmkit.core.events import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crmkit.core.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What came of one event: how many records were changed, and what stays.

    `kept` names fields that were changed since, or the event's kind where all of it
    stays; `name` is how people know the record.
    """

    name: str
    records: int = 1
    kept: tuple[str, ...] = ()


def stays(name: str, *kept: str) -> TakenBack:
    """Nothing of the event was taken back."""
    return TakenBack(name, 0, kept)


@dataclass(frozen=True, slots=True)
class Undoable:
    """How events of an entity are taken back, newest first.

    `load` gets the ids of all records that are about to change and answers those that
    there are, by id, locked (`uow.locked`); what it leaves out is listed as staying. It
    raises where the actor may not change them. `take_back` gets one of these records
    and an event of it, and gives back the values that are still the ones the event
    wrote (`split_fields` tells which), through the functions, checks and events that a
    person's change goes through.
    """

    load: Callable[[UnitOfWork, set[int]], Mapping[int, Any]]
    take_back: Callable[[UnitOfWork, Any, Event], TakenBack]


def is_changed_since(uow: UnitOfWork, event: Event, version: int) -> bool:
    """Whether a record was changed after `event` by what was not taken back."""
    if version == event.version:
        return False
    later = uow.session.execute(
        select(Event.change_id, Event.undoes).where(
            Event.entity == event.entity,
            Event.record_id == event.record_id,
            Event.version > event.version,
        )
    ).all()
    taken_back = {undoes for _, undoes in later if undoes is not None}
    return any(
        undoes is None and change_id not in taken_back for change_id, undoes in later
    )
