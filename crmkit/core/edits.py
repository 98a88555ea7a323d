"""Editing a record by field: stale writes are judged by what was changed since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import select

from crmkit.core.errors import StaleError
from crmkit.core.events import Event, Values

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

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
    check_fresh(uow, entity, record, changed, based_on)
    for name, (_, value) in changed.items():
        setattr(record, name, value)
    return changed


def check_fresh(
    uow: UnitOfWork, entity: str, record: Versioned, changed: Values, based_on: Based
) -> None:
    """Raise StaleError where a field of `changed` was changed after `based_on`.

    `changed` holds the old and the new value of each field that differs.
    """
    if not changed or based_on is None or based_on >= record.version:
        return
    stale = changed_since(uow, entity, record.id, based_on) & changed.keys()
    if stale:
        raise stale_fields((entity, record.id), changed, stale)


def stale_fields(
    record: tuple[str, int], changed: Values, stale: Collection[str]
) -> StaleError:
    """The refusal of a change, with both values of each field of `stale`."""
    return StaleError(
        record,
        mine={name: changed[name][1] for name in stale},
        theirs={name: changed[name][0] for name in stale},
    )


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
