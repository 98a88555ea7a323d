"""Emptying the bin: what was deleted long ago goes for ever, if no plugin keeps it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from crmkit.core.attachments import drop_attachments
from crmkit.core.contacts import Contact
from crmkit.core.custom.tables import CustomLink
from crmkit.core.events import Event, Fact, record
from crmkit.core.leads import Lead
from crmkit.core.mail.messages import drop_messages
from crmkit.core.timeline import TimelineEntry
from crmkit.core.uow import Role
from crmkit.hooks import RecordsPurge, check_purge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "count_bin",
    "purge_batch",
    "purge_records",
]

_KINDS: Mapping[str, Any] = {"lead": Lead, "contact": Contact}


def count_bin(uow: UnitOfWork, entity: str) -> int:
    """How many records of an entity would be purged today."""
    kind = _KINDS[entity]
    found = select(func.count()).where(*_in_bin(uow, kind))
    return uow.session.scalar(found) or 0


def _is_single() -> Any:
    master = aliased(Lead)
    there = exists().where(master.id == Lead.merged_into_id)
    return or_(Lead.merged_into_id.is_(None), ~there)


def _in_bin(uow: UnitOfWork, kind: Any) -> list[Any]:
    """The criteria of what is purged: a merged lead only once its master is."""
    limit = uow.now() - timedelta(days=uow.settings.bin_days)
    merged = [] if kind is not Lead else [_is_single()]
    return [kind.deleted_at <= limit, *merged]


def purge_batch(
    uow: UnitOfWork, entity: str, after: int = 0, *, limit: int = 100
) -> tuple[int, int, int | None]:
    """Remove the next records that were in the bin for longer than `bin_days`.

    Answers how many are gone, how many a plugin keeps, and the id to go on from. The
    facts of their history stay, what these say of values does not. What other tables
    hold of a record goes with it, by their foreign keys.
    """
    uow.require(Role.ADMIN)
    kind = _KINDS[entity]
    query = select(kind.id).where(kind.id > after, *_in_bin(uow, kind))
    ids = list(uow.session.scalars(uow.locked(query.order_by(kind.id).limit(limit))))
    gone = _allowed(uow, entity, ids)
    if gone:
        _remove(uow, entity, gone)
    return len(gone), len(ids) - len(gone), ids[-1] if len(ids) == limit else None


def purge_records(
    uow: UnitOfWork, entity: str, ids: Sequence[int]
) -> tuple[list[int], list[int]]:
    """Remove those of `ids` that are in the bin now, however short they were in it.

    Answers which are gone, and which a plugin keeps.
    """
    uow.require(Role.ADMIN)
    kind = _KINDS[entity]
    merged = [] if kind is not Lead else [_is_single()]
    query = select(kind.id).where(kind.id.in_(ids), kind.deleted_at.is_not(None))
    found = list(uow.session.scalars(uow.locked(query.where(*merged))))
    gone = _allowed(uow, entity, found)
    if gone:
        _remove(uow, entity, gone)
    return gone, [number for number in found if number not in gone]


def _allowed(uow: UnitOfWork, entity: str, ids: list[int]) -> list[int]:
    """Those of `ids` that no plugin keeps; all at once, where none keeps any."""
    if not ids:
        return []
    if uow.hooks.check(check_purge, RecordsPurge(uow, entity, tuple(ids))) is None:
        return ids
    if len(ids) == 1:
        return []
    return [one for number in ids for one in _allowed(uow, entity, [number])]


def _remove(uow: UnitOfWork, entity: str, ids: list[int]) -> None:
    kind = _KINDS[entity]
    session = uow.session
    versions = session.execute(select(kind.id, kind.version).where(kind.id.in_(ids)))
    facts = [
        Fact(f"{entity}.purged", entity, number, version + 1, {})
        for number, version in versions
    ]
    session.execute(
        update(Event)
        .where(Event.entity == entity, Event.record_id.in_(ids))
        .values(values={})
        .execution_options(synchronize_session=False)
    )
    drop_attachments(uow, entity, ids)
    drop_messages(uow, entity, ids)
    for beside in (CustomLink, TimelineEntry):
        own = delete(beside).where(beside.entity == entity, beside.record_id.in_(ids))
        session.execute(own)
    session.execute(
        delete(kind)
        .where(kind.id.in_(ids))
        .execution_options(synchronize_session=False)
    )
    record(uow, facts)
