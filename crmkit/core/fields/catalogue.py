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
from crmkit.core.users import User
from crmkit.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping

    from sqlalchemy import Select

    from crmkit.core.activity_types import KnownType
    from crmkit.core.custom.definitions import Definition
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
                **{slug: _field(one, dialect) for slug, one in found.items()},
            }
            for entity, found in custom.items()
        }
        return cls(custom, {**fields, **_ONLY_FOUND}, types)

    def custom(self, uow: UnitOfWork, entity: str) -> Mapping[str, Definition]:
        """The custom fields of an entity by slug that the actor sees."""
        found = self.definitions.get(entity)
        if not found:
            return MappingProxyType({})
        return {slug: one for slug, one in found.items() if _is_seen(uow, one)}


def _is_seen(uow: UnitOfWork, field: Definition | Field) -> bool:
    is_off = field.plugin_id is not None and field.plugin_id in uow.hooks.disabled
    return uow.actor.can_be(field.lowest_role) and not is_off


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
    return {name: field for name, field in found.items() if _is_seen(uow, field)}


def find_field(uow: UnitOfWork, entity: str, name: str) -> Field:
    """The field of that name."""
    found = fields_of(uow, entity).get(name)
    if found is None:
        raise UnknownFieldError(name)
    return found
