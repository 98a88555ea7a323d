"""Editing a record by field: stale writes are judged by what was changed since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import select

from crmkit.core.errors import StaleError
from crmkit.core.events import Event, Values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmkit.core.uow import UnitOfWork

Based = int | None
"""The version of a record that a change was based on; None asks for no check."""


class Versioned(Protocol):
    """A record with a number and a version."""

    id: Any
    version: Any


def apply_edit(
    uow: UnitOfWork,
    entity: str,
    record: Versioned,
    wanted: Mapping[str, Any],
    based_on: Based,
) -> Values:
    """Set the fields of `wanted` that differ, and tell what they were and are.

    Raises StaleError when one of these fields was changed after `based_on`.
    """
    changed = {
        name: (getattr(record, name), value)
        for name, value in wanted.items()
        if getattr(record, name) != value
    }
    if changed and based_on is not None and based_on < record.version:
        since = changed_since(uow, entity, record.id, based_on)
        stale = since & changed.keys()
        if stale:
            raise StaleError(
                (entity, record.id),
                mine={name: changed[name][1] for name in stale},
                theirs={name: changed[name][0] for name in stale},
            )
    for name, (_, value) in changed.items():
        setattr(record, name, value)
    return changed


def changed_since(
    uow: UnitOfWork, entity: str, record_id: int, version: int
) -> set[str]:
    """The names of the fields of a record that were changed after `version`."""
    rows = uow.session.scalars(
        select(Event.values).where(
            Event.entity == entity,
            Event.record_id == record_id,
            Event.version > version,
        )
    )
    return {name for values in rows for name in values}
