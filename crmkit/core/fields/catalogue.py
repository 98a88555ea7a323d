"""The catalogue: every field of every entity, as a unit of work finds it."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import select

from crmkit.core.contacts import Contact
from crmkit.core.custom.expressions import read_folded, read_value
from crmkit.core.custom.kinds import KINDS
from crmkit.core.custom.tables import HOLDERS, CustomLink
from crmkit.core.field_types import FieldType
from crmkit.core.fields.field import Field, UnknownEntityError, UnknownFieldError
from crmkit.core.fields.of_activities import ACTIVITY_FIELDS
from crmkit.core.fields.of_contacts import CONTACT_FIELDS
from crmkit.core.fields.of_leads import LEAD_FIELDS
from crmkit.core.fields.related import follow, list_sources, relate
from crmkit.core.leads import Lead
from crmkit.core.users import User
from crmkit.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping

    from sqlalchemy import Select

    from crmkit.core.activity_types import KnownType
    from crmkit.core.custom.described import Definition
    from crmkit.core.stages import KnownStage
    from crmkit.core.uow import UnitOfWork

_OWN: Mapping[str, Mapping[str, Field]] = {
    "lead": {field.name: field for field in LEAD_FIELDS},
    "contact": {field.name: field for field in CONTACT_FIELDS},
}
# Admins add no fields to these, and files bring none: they are only looked for.
_ONLY_FOUND = {"activity": {field.name: field for field in ACTIVITY_FIELDS}}


_MOST_KEPT = 300
_S = TypeVar("_S")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What units remember of the setup, at one revision: fields by entity and name.

    `activity_types` are those of activities by slug, in order, archived ones too;
    `stages` are those in use, in order, `mail_templates` the ids and names of those.
    """

    definitions: Mapping[str, Mapping[str, Definition]]
    fields: Mapping[str, Mapping[str, Field]]
    activity_types: Mapping[str, KnownType]
    stages: tuple[KnownStage, ...] = ()
    mail_templates: tuple[tuple[int, str], ...] = ()
    statements: dict[Hashable, Any] = field(default_factory=dict, compare=False)

    def kept(self, key: Hashable, build: Callable[[], _S]) -> _S:
        """The statement that goes by `key`, built when it is first asked for.

        The key holds all that decides what it is, whoever works included; what is
        kept is forgotten with the catalogue, when a field changes.
        """
        found: _S | None = self.statements.get(key)
        if found is None:
            if len(self.statements) >= _MOST_KEPT:
                self.statements.clear()
            found = self.statements[key] = build()
        return found

    @classmethod
    def of(
        cls,
        definitions: Iterable[Definition],
        dialect: str,
        types: Mapping[str, KnownType] = MappingProxyType({}),
    ) -> Catalogue:
        """The core's fields, and the custom ones as that kind of database reads them.

        A custom field that has the name of one of the core's is left out: the core
        got it later.
        """
        custom: dict[str, dict[str, Definition]] = {entity: {} for entity in _OWN}
        for definition in definitions:
            if definition.slug not in _OWN[definition.entity]:
                custom[definition.entity][definition.slug] = definition
        fields = {
            entity: {
                **_OWN[entity],
                **{
                    slug: _field(one, dialect)
                    for slug, one in found.items()
                    if one.type is not FieldType.RELATED
                },
            }
            for entity, found in custom.items()
        }
        known = {**_with_related(custom, fields), **_ONLY_FOUND}
        return cls(custom, known, types)

    def follow(self, entity: str, source: str) -> tuple[Field, ...] | None:
        """The fields that the path of a related field names; None where one is not."""
        return follow(self.fields, entity, source)

    def sources(self, entity: str) -> Iterable[tuple[str, tuple[Field, ...]]]:
        """Every path that a related field of an entity can show, with its fields."""
        return list_sources(self.fields, entity)

    def held(self, uow: UnitOfWork, entity: str) -> Mapping[str, Definition]:
        """The custom fields of an entity by slug that hold values of their own.

        Those of plugins that are switched off are left out.
        """
        found = self.definitions.get(entity)
        if not found:
            return MappingProxyType({})
        return {
            slug: one
            for slug, one in found.items()
            if one.type is not FieldType.RELATED and _is_on(uow, one)
        }

    def custom(self, uow: UnitOfWork, entity: str) -> Mapping[str, Definition]:
        """Those of `held` that the actor sees."""
        found = self.held(uow, entity)
        can_be = uow.actor.can_be
        return {slug: one for slug, one in found.items() if can_be(one.lowest_role)}


def _with_related(
    custom: Mapping[str, Mapping[str, Definition]],
    fields: Mapping[str, Mapping[str, Field]],
) -> dict[str, dict[str, Field]]:
    """`fields` and those that show values of others, each where it was put."""
    ids = {(one.entity, s): one.id for own in custom.values() for s, one in own.items()}
    found = {entity: dict(own) for entity, own in fields.items()}
    for entity, own in custom.items():
        for slug, one in own.items():
            # Each is taken out and put back, so that all stand in their order.
            field = found[entity].pop(slug, None)
            if one.type is FieldType.RELATED:
                field = relate(fields, one, ids, _RECORDS[entity])
            if field is not None:
                found[entity][slug] = field
    return found


_RECORDS: Mapping[str, Any] = {"lead": Lead, "contact": Contact}


def _is_on(uow: UnitOfWork, field: Definition | Field) -> bool:
    return field.plugin_id is None or field.plugin_id not in uow.hooks.disabled


def _is_seen(uow: UnitOfWork, field: Field) -> bool:
    is_on = _is_on(uow, field) and all(_is_on(uow, one) for one in field.through)
    return is_on and uow.actor.can_be(field.lowest_role)


def _field(definition: Definition, dialect: str) -> Field:
    is_linked = definition.type not in KINDS
    folds = None if is_linked else KINDS[definition.type].folds
    number = _OWN[definition.entity]["id"].column
    return Field(
        definition.slug,
        definition.label,
        definition.type,
        column=number if is_linked else read_value(definition, dialect),
        folded=None if folds is None else read_folded(definition, dialect),
        folds=folds or fold,
        named=_links(definition) if is_linked else None,
        holder=HOLDERS[definition.entity],
        custom_id=definition.id,
        is_many=is_linked,
        is_required=definition.is_required,
        choices=definition.choices,
        help=definition.help,
        lowest_role=definition.lowest_role,
        plugin_id=definition.plugin_id,
        team_ids=definition.team_ids,
    )


def _links(definition: Definition) -> Select[*tuple[Any, ...]]:
    here = CustomLink.field_id == definition.id
    if definition.type is FieldType.CHOICES:
        return select(
            CustomLink.record_id, CustomLink.text_folded, CustomLink.target_id
        ).where(here)
    target: Any = User if definition.type is FieldType.USER else Contact
    return (
        select(CustomLink.record_id, target.name_folded, CustomLink.target_id)
        .join(target, target.id == CustomLink.target_id)
        .where(here)
    )


def entities() -> tuple[str, ...]:
    """The names of everything whose fields are filled in, and can be added to."""
    return tuple(_OWN)


def fields_of(uow: UnitOfWork, entity: str) -> Mapping[str, Field]:
    """The fields of an entity that the actor sees, by name, in the order of forms."""
    found = uow.catalogue.fields.get(entity)
    if found is None:
        raise UnknownEntityError(entity)
    if not uow.catalogue.definitions.get(entity):
        return found
    return {
        name: field if field.bound is None else field.bound(uow)
        for name, field in found.items()
        if _is_seen(uow, field)
    }


def find_field(uow: UnitOfWork, entity: str, name: str) -> Field:
    """The field of that name."""
    found = fields_of(uow, entity).get(name)
    if found is None:
        raise UnknownFieldError(name)
    return found
