"""Related fields: a value of a contact that a record names, always as it is now.

Nothing is copied: the field reads the value through the contact, in lists, filters,
groups and files, as far as the actor sees that contact.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from crmkit.core.contacts import Contact, visible_contacts
from crmkit.core.custom.tables import ContactCustom, CustomLink
from crmkit.core.field_types import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crmkit.core.custom.described import Definition
    from crmkit.core.fields.field import Field
    from crmkit.core.uow import UnitOfWork

    Fields = Mapping[str, Mapping[str, Field]]

_MOST_HOPS = 2


def relate(
    known: Fields, definition: Definition, ids: Mapping[tuple[str, str], int], base: Any
) -> Field | None:
    """The field that shows what `definition.source` leads to, None where nothing is.

    `known` are the fields by entity, `ids` the numbers of the custom ones by entity
    and slug, `base` is the class of the entity's records.
    """
    path = follow(known, definition.entity, definition.source)
    if path is None:
        return None
    end = path[-1]
    roles = [definition.lowest_role, *(field.lowest_role for field in path)]
    entities = [definition.entity, *["contact"] * (len(path) - 2)]
    hops = [
        (field, ids.get((entity, field.name)) if field.is_custom else None)
        for entity, field in zip(entities, path, strict=False)
    ]
    related = replace(
        end,
        name=definition.slug,
        label=definition.label,
        help=definition.help,
        is_required=False,
        is_editable=False,
        is_importable=False,
        holder=None,
        custom_id=definition.id,
        lowest_role=max(roles, key=lambda role: role.rank),
        plugin_id=definition.plugin_id,
        through=path,
        team_ids=definition.team_ids,
    )

    def bind(uow: UnitOfWork) -> Field:
        def build() -> Field:
            folded = None if end.folded is None else _read(uow, base, hops, end.folded)
            return replace(
                related, column=_read(uow, base, hops, end.column), folded=folded
            )

        seen = (uow.actor.reach, uow.settings.contacts_for_all)
        key = ("related", definition.entity, definition.slug, seen)
        return uow.catalogue.kept(key, build)

    return replace(related, bound=bind)


def follow(known: Fields, entity: str, source: str) -> tuple[Field, ...] | None:
    """The fields that a path names, each of the one before; None where one is not."""
    *hops, last = source.split(".")
    if not 1 <= len(hops) <= _MOST_HOPS:
        return None
    found = []
    for name in hops:
        field = known[entity].get(name)
        if field is None or not _is_hop(field):
            return None
        found.append(field)
        entity = "contact"
    end = known[entity].get(last)
    return (*found, end) if end is not None and _is_shown(end) else None


def _is_hop(field: Field) -> bool:
    return field.type is FieldType.CONTACT and not field.is_related


def _is_shown(field: Field) -> bool:
    is_plain = not field.is_many and field.computed is None and not field.is_related
    return is_plain and field.name != "id"


def list_sources(known: Fields, entity: str) -> Iterator[tuple[str, tuple[Field, ...]]]:
    """Every path that a related field of an entity can show, with its fields."""
    ends = [field.name for field in known["contact"].values() if _is_shown(field)]
    first = [field.name for field in known[entity].values() if _is_hop(field)]
    then = [field.name for field in known["contact"].values() if _is_hop(field)]
    for hops in [*first, *(f"{one}.{two}" for one in first for two in then)]:
        for end in ends:
            source = f"{hops}.{end}"
            if (path := follow(known, entity, source)) is not None:
                yield source, path


def _read(uow: UnitOfWork, base: Any, hops: Any, column: Any) -> Any:
    """The value of `column` of the contact at the end of `hops`, for each of `base`."""
    at, criteria = base, []
    for number, (field, field_id) in enumerate(hops):
        contact = aliased(Contact)
        criteria.append(contact.id == _named(at, field, field_id))
        # Whoever sees a lead sees its own contact.
        is_own = number == 0 and field.name == "contact"
        there = contact.deleted_at.is_(None)
        criteria.append(there if is_own else visible_contacts(uow, contact))
        at = contact
    shown = column
    key = getattr(column, "key", None)
    if key is not None and hasattr(Contact, key):
        shown = getattr(at, key)
    else:
        criteria.append(ContactCustom.record_id == at.id)
    return select(shown).where(*criteria).correlate(base).scalar_subquery()


def _named(at: Any, field: Field, field_id: int | None) -> Any:
    """The id of the contact that a field of `at` names."""
    if field_id is None:
        return getattr(at, field.column.key)
    link = aliased(CustomLink)
    return (
        select(link.target_id)
        .where(link.record_id == at.id, link.field_id == field_id)
        .correlate(at)
        .scalar_subquery()
    )
