"""Which events a change has, and what comes of taking them back, newest first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from crmkit.core.dispatch import Failed
from crmkit.core.errors import CrmError, mark
from crmkit.core.events import Event
from crmkit.core.undo.of_leads import LEADS
from crmkit.core.undo.of_others import CONTACTS, FIELDS, SAMPLES, SETTINGS, STAGES
from crmkit.core.undo.undoable import TakenBack, Undoable, stays
from crmkit.core.uow import Role
from crmkit.hooks import register_undo

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crmkit.core.uow import UnitOfWork

BATCH = 500
# The last event of its change, which takes back all of it.
_WHOLE = {"sample.added"}
_OWN: Mapping[str, Undoable] = {
    "lead": LEADS,
    "contact": CONTACTS,
    "stage": STAGES,
    "custom_field": FIELDS,
    "setting": SETTINGS,
    "sample": SAMPLES,
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A record, or fields of it, that stay because they were changed since."""

    entity: str
    id: int
    name: str
    fields: tuple[str, ...]


@dataclass(slots=True)
class Undone:
    """What came of an undo: records taken back, and what stays.

    `before` is the event to go on from, None when all of the change was looked at.
    """

    records: int = 0
    kept: list[Kept] = field(default_factory=list)
    before: int | None = None

    def add(self, event: Event, back: TakenBack) -> None:
        """Count what came of one event."""
        self.records += back.records
        if back.kept:
            kept = Kept(event.entity, event.record_id, back.name, back.kept)
            self.kept.append(kept)


class NothingToUndoError(CrmError):
    """The change does not exist, or was undone before."""

    def __init__(self) -> None:
        super().__init__(mark("There is nothing to undo: this was undone already."))


class OthersChangeError(CrmError):
    """Only who made a change, or a manager, takes it back."""

    def __init__(self) -> None:
        super().__init__(mark("Only who made this change, or a manager, can undo it."))


def undo_change(
    uow: UnitOfWork, change_id: str, *, before: int | None = None, limit: int = BATCH
) -> Undone:
    """Take back a change: its newest `limit` events that are older than `before`."""
    events = _events(uow, change_id, before, limit)
    if before is not None and not events:
        return Undone()
    if not events or (before is None and _is_undone(uow, change_id)):
        raise NothingToUndoError
    is_mine = all(event.actor_id == uow.actor.id for event in events)
    if not is_mine and not uow.actor.can_be(Role.MANAGER):
        raise OthersChangeError
    outer, undone = uow.undoes, Undone()
    uow.undoes = change_id
    ways = {event.entity: way_of(uow, event.entity) for event in events}
    records = {entity: _load(uow, ways[entity], entity, events) for entity in ways}
    besides = [one for one in events if _is_besides(ways[one.entity], one)]
    for event in events:
        record = records[event.entity].get(event.record_id, _ABSENT)
        if event not in besides:
            undone.add(event, _take_back(uow, ways[event.entity], record, event))
    if not undone.records:
        for event in besides:
            undone.add(event, stays(event.kind, event.kind))
    undone.before = events[-1].id if len(events) == limit else None
    uow.undoes = outer
    return undone


def begin_undo(uow: UnitOfWork, change_id: str) -> Undone | int:
    """What came of taking back a change; of a large one the id of the job that does it.

    Raises what `undo_change` does.
    """
    counted = select(func.count()).where(Event.change_id == change_id)
    count = uow.session.scalar(counted) or 0
    if count <= BATCH:
        return undo_change(uow, change_id)
    _check_undo(uow, change_id, _events(uow, change_id, None, 1))
    key = f"undo {change_id}"
    return uow.enqueue("undo_change", key=key, change_id=change_id, events=count)


def _check_undo(uow: UnitOfWork, change_id: str, events: list[Event]) -> None:
    """Raise where there is nothing to undo, or not for the actor."""
    if not events or _is_undone(uow, change_id):
        raise NothingToUndoError
    is_mine = all(event.actor_id == uow.actor.id for event in events)
    if not is_mine and not uow.actor.can_be(Role.MANAGER):
        raise OthersChangeError


def _events(
    uow: UnitOfWork, change_id: str, before: int | None, limit: int
) -> list[Event]:
    query = select(Event).where(Event.change_id == change_id)
    if before is not None:
        query = query.where(Event.id < before)
    found = list(uow.session.scalars(query.order_by(Event.id.desc()).limit(limit)))
    return found[:1] if found and found[0].kind in _WHOLE else found


def _is_undone(uow: UnitOfWork, change_id: str) -> bool:
    entities = select(Event.entity, Event.record_id).where(Event.change_id == change_id)
    entity, record_id = uow.session.execute(entities.limit(1)).one()
    found = select(Event.id).where(
        Event.entity == entity,
        Event.record_id == record_id,
        Event.undoes == change_id,
    )
    return uow.session.scalar(found.limit(1)) is not None


@dataclass(frozen=True, slots=True)
class _Way:
    """How an entity's events are taken back, and the plugin whose it is, if any."""

    undoable: Undoable
    plugin_id: str | None = None

    def call(self, uow: UnitOfWork, function: Callable[[], Any]) -> Any:
        """What `function` answers, or Failed where it is a plugin's and raised."""
        if self.plugin_id is None:
            return function()
        return uow.hooks.call(register_undo, self.plugin_id, function)


_ABSENT = object()


def way_of(uow: UnitOfWork, entity: str) -> _Way | None:
    """How the events of `entity` are taken back; None where nobody running knows."""
    if entity in _OWN:
        return _Way(_OWN[entity])
    known = uow.hooks.plugins.undoables.get(entity)
    if known is None or known[0] in uow.hooks.disabled:
        return None
    plugin_id, undoable = known
    return _Way(undoable, plugin_id)


def _is_besides(way: _Way | None, event: Event) -> bool:
    """Whether a change made something on its way, as a tag, that may stay untold."""
    return way is None and event.kind.endswith(".created")


def _load(
    uow: UnitOfWork, way: _Way | None, entity: str, events: Sequence[Event]
) -> Mapping[int, Any]:
    if way is None:
        return {}
    ids = {event.record_id for event in events if event.entity == entity}
    found = way.call(uow, lambda: way.undoable.load(uow, ids))
    return {} if isinstance(found, Failed) else found


def _take_back(
    uow: UnitOfWork, way: _Way | None, record: Any, event: Event
) -> TakenBack:
    """What came of an event; one that cannot be taken back stays, by its kind."""
    if way is None or record is _ABSENT:
        return stays(event.kind, event.kind)
    back = way.call(uow, lambda: way.undoable.take_back(uow, record, event))
    return back if isinstance(back, TakenBack) else stays(event.kind, event.kind)
