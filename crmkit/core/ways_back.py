"""The way back from an event: which fields still hold what it wrote."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from crmkit.core.custom.values import PREFIX, load_values, parse_value
from crmkit.core.leads import Lead
from crmkit.core.tags import tags_of
from crmkit.core.words import fold

if TYPE_CHECKING:
    from crmkit.core.contacts import Contact
    from crmkit.core.events import Event
    from crmkit.core.uow import UnitOfWork


def ways_back(
    uow: UnitOfWork, record: Lead | Contact, event: Event
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The values to give back, custom ones under `custom`, and the fields that stay.

    A field stays where it does not hold any more what `event` wrote.
    """
    back, stays = split_fields(record, event)
    entity = type(record).__tablename__
    custom, kept = _split_custom(uow, entity, record.id, event)
    if custom:
        back["custom"] = custom
    stays = (*stays, *kept)
    if isinstance(record, Lead) and "tags" in event.values:
        old, new = event.values["tags"]
        if _folded(tags_of(uow, record.id)) == _folded(new):
            back["tags"] = tuple(old or ())
        else:
            stays = (*stays, "tags")
    return back, stays


def split_fields(record: Any, event: Event) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The old values of fields that still hold what the event wrote, and the others."""
    back: dict[str, Any] = {}
    stays: list[str] = []
    columns = type(record).__table__.columns
    for name, (old, new) in event.values.items():
        if name not in columns:
            continue
        if getattr(record, name) == _typed(columns[name].type, new):
            back[name] = _typed(columns[name].type, old)
        else:
            stays.append(name)
    return back, tuple(stays)


def _split_custom(
    uow: UnitOfWork, entity: str, record_id: int, event: Event
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The same of custom values, by slug; of fields that are gone nothing."""
    said = {
        name.removeprefix(PREFIX): values
        for name, values in event.values.items()
        if name.startswith(PREFIX)
    }
    known = uow.catalogue.custom(uow, entity)
    said = {slug: values for slug, values in said.items() if slug in known}
    if not said:
        return {}, ()
    now = load_values(uow, entity, [record_id])[record_id]
    back, stays = {}, []
    for slug, (old, new) in said.items():
        if now.get(slug) == parse_value(known[slug], new):
            back[slug] = parse_value(known[slug], old)
        else:
            stays.append(f"{PREFIX}{slug}")
    return back, tuple(stays)


def _folded(names: list[str] | None) -> list[str]:
    return sorted(fold(name) for name in names or ())


def _typed(kind: Any, value: Any) -> Any:
    """A value of an event, as it is in JSON, in the type of its column."""
    if value is None:
        return None
    python = kind.python_type
    if python is Decimal:
        return Decimal(value)
    if python is tuple:
        return tuple(value)
    if python in {date, datetime}:
        return python.fromisoformat(value)
    return python(value) if issubclass(python, Enum) else value
