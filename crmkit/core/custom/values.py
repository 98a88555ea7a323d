"""The values that records hold in custom fields: checked, kept, read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from sqlalchemy import delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from crmkit.core.custom.errors import (
    CustomValueError,
    MissingValueError,
    NoTargetError,
    ShownOnlyError,
    UnknownCustomFieldError,
)
from crmkit.core.custom.kinds import KINDS, LINKED
from crmkit.core.custom.tables import HOLDERS, CustomLink
from crmkit.core.custom.unique import check_unique
from crmkit.core.drafts import check_text
from crmkit.core.edits import changed_since, stale_fields
from crmkit.core.field_types import FieldType
from crmkit.core.users import known_users
from crmkit.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crmkit.core.custom.described import Definition
    from crmkit.core.edits import Based
    from crmkit.core.errors import CrmError
    from crmkit.core.events import Values
    from crmkit.core.uow import UnitOfWork

    FindContacts = Callable[[UnitOfWork, set[int]], set[int]]

Custom = dict[str, Any]
"""Values by slug, each in its Python type; what is empty is not there, or None."""
PREFIX = "custom."
"""Before a slug, in the names by which events and errors call a custom field."""


def check_values(uow: UnitOfWork, entity: str, given: Mapping[str, Any]) -> Custom:
    """What was `given` by slug in the types of its fields; empty ones are None.

    Raises an error that names the field where a value does not fit, where the actor
    does not see such a field, and where one that must be filled in is emptied.
    """
    known = uow.catalogue.custom(uow, entity)
    checked: Custom = {}
    for slug, value in given.items():
        if slug not in known:
            raise _unknown(uow, entity, slug)
        checked[slug] = check_value(known[slug], value)
    for slug, definition in known.items():
        if definition.is_required and slug in checked and checked[slug] is None:
            raise MissingValueError(definition)
    return checked


def _unknown(uow: UnitOfWork, entity: str, slug: str) -> CrmError:
    """Why a field takes no value: it only shows another's, or there is none."""
    field = uow.catalogue.fields[entity].get(slug)
    if field is None or not field.through or not uow.actor.can_be(field.lowest_role):
        return UnknownCustomFieldError(slug)
    return ShownOnlyError(slug, field.label)


def check_new(
    uow: UnitOfWork,
    entity: str,
    given: Sequence[tuple[Mapping[str, Any], int | None]],
    find_contacts: FindContacts,
) -> list[Custom]:
    """The custom values of new records, checked, in their order.

    `given` pairs values by slug with the record's team, if it has one. What is not
    given takes its default.
    """
    if not uow.catalogue.definitions[entity] and not any(one for one, _ in given):
        return [{} for _ in given]
    checked = [_check_new(uow, entity, *one) for one in given]
    check_targets(uow, entity, checked, find_contacts)
    check_unique(uow, entity, checked)
    return checked


def _check_new(
    uow: UnitOfWork, entity: str, given: Mapping[str, Any], team_id: int | None
) -> Custom:
    checked = check_values(uow, entity, given)
    for slug, one in uow.catalogue.held(uow, entity).items():
        if one.default is not None and slug not in given and _is_of(one, team_id):
            checked[slug] = check_value(one, one.default)
    for slug, one in uow.catalogue.custom(uow, entity).items():
        if one.is_required and checked.get(slug) is None and _is_of(one, team_id):
            raise MissingValueError(one)
    return checked


def _is_of(definition: Definition, team_id: int | None) -> bool:
    return not definition.team_ids or team_id in definition.team_ids


def edit_values(
    uow: UnitOfWork,
    record: tuple[str, int],
    given: Mapping[str, Any],
    based_on: Based,
    find_contacts: FindContacts,
) -> Values:
    """Keep what was `given` by slug to a record (entity, id); what was and is, by name.

    Raises StaleError when one of these fields was changed after `based_on`.
    """
    if not given:
        return {}
    entity, record_id = record
    wanted = check_values(uow, entity, given)
    check_targets(uow, entity, [wanted], find_contacts)
    check_unique(uow, entity, [wanted], record_id)
    before = load_values(uow, entity, [record_id])[record_id]
    changed = {
        f"{PREFIX}{slug}": (before.get(slug), value)
        for slug, value in wanted.items()
        if before.get(slug) != value
    }
    if changed and based_on is not None:
        stale = changed_since(uow, entity, record_id, based_on) & changed.keys()
        if stale:
            raise stale_fields(record, changed, stale)
    new = {name.removeprefix(PREFIX): value for name, (_, value) in changed.items()}
    save_values(uow, entity, {record_id: new})
    return changed


def said(values: Custom) -> Values:
    """What an event says of the custom values of a new record."""
    return {
        f"{PREFIX}{slug}": (None, value)
        for slug, value in values.items()
        if value is not None
    }


def check_targets(
    uow: UnitOfWork,
    entity: str,
    every: Sequence[Mapping[str, Any]],
    find_contacts: FindContacts,
) -> None:
    """Raise where checked values name a user or contact who is not there.

    `find_contacts` tells which of some ids are of contacts that the actor sees.
    """
    for slug, definition in uow.catalogue.custom(uow, entity).items():
        if definition.type not in {FieldType.USER, FieldType.CONTACT}:
            continue
        wanted = {values[slug] for values in every if values.get(slug) is not None}
        if not wanted:
            continue
        find = find_contacts if definition.type is FieldType.CONTACT else known_users
        if wanted - find(uow, wanted):
            raise NoTargetError(definition)


def check_value(definition: Definition, value: Any) -> Any:
    """`value` in the type of its field, None where it is empty; else why it is not."""
    if value is None or value in ("", [], ()):
        return None
    adapter = LINKED.get(definition.type) or KINDS[definition.type].adapter
    try:
        check_text({definition.slug: value})
        found = adapter.validate_python(value)
    except ValidationError as error:
        message = error.errors(include_url=False)[0]["msg"]
        raise CustomValueError(definition, message) from None
    if definition.type is FieldType.CHOICE:
        return _chosen(definition, [found])[0]
    if definition.type is FieldType.CHOICES:
        return tuple(dict.fromkeys(_chosen(definition, found))) or None
    return None if found == "" else found


def parse_value(definition: Definition, said: Any) -> Any:
    """A value as an event says it, in JSON, in the type of its field."""
    if said is None:
        return None
    adapter = LINKED.get(definition.type) or KINDS[definition.type].adapter
    return adapter.validate_python(said)


def _chosen(definition: Definition, names: Sequence[str]) -> list[str]:
    """The choices of these names, spelt as the field spells them."""
    spelt = {fold(choice): choice for choice in definition.choices}
    for name in names:
        if fold(name) not in spelt:
            raise CustomValueError(
                definition, "one of " + ", ".join(definition.choices)
            )
    return [spelt[fold(name)] for name in names]


def load_values(uow: UnitOfWork, entity: str, ids: Sequence[int]) -> dict[int, Custom]:
    """The values of records by id, of the fields that the actor sees.

    No statement where there are no custom fields.
    """
    known = uow.catalogue.custom(uow, entity)
    found: dict[int, Custom] = {record_id: {} for record_id in ids}
    if not known or not ids:
        return found
    holder = HOLDERS[entity]
    rows = uow.session.execute(
        select(holder.record_id, holder.data).where(holder.record_id.in_(ids))
    )
    for record_id, data in rows:
        found[record_id] = {
            slug: KINDS[known[slug].type].load(value)
            for slug, value in data.items()
            if slug in known and known[slug].type in KINDS
        }
    linked = {d.id: d for d in known.values() if d.type in LINKED}
    if linked:
        _load_links(uow, entity, linked, found)
    return found


def _load_links(
    uow: UnitOfWork,
    entity: str,
    linked: Mapping[int, Definition],
    found: dict[int, Custom],
) -> None:
    rows = uow.session.execute(
        select(
            CustomLink.record_id,
            CustomLink.field_id,
            CustomLink.target_id,
            CustomLink.text,
        )
        .where(CustomLink.entity == entity, CustomLink.record_id.in_(list(found)))
        .where(CustomLink.field_id.in_(linked))
        .order_by(CustomLink.id)
    )
    for record_id, field_id, target_id, text in rows:
        definition, values = linked[field_id], found[record_id]
        if definition.type is FieldType.CHOICES:
            values[definition.slug] = (*values.get(definition.slug, ()), text)
        else:
            values[definition.slug] = target_id


def save_values(
    uow: UnitOfWork, entity: str, changes: Mapping[int, Mapping[str, Any]]
) -> None:
    """Keep the values of records by id and slug; None empties a field.

    The values are checked ones; fields that are not named stay as they are.
    """
    known = uow.catalogue.definitions[entity]
    changes = {number: values for number, values in changes.items() if values}
    if not changes:
        return
    _save_json(uow, entity, known, changes)
    _save_links(uow, entity, known, changes)


def _save_json(
    uow: UnitOfWork,
    entity: str,
    known: Mapping[str, Definition],
    changes: Mapping[int, Mapping[str, Any]],
) -> None:
    own = {
        number: {s: v for s, v in values.items() if known[s].type in KINDS}
        for number, values in changes.items()
    }
    own = {number: values for number, values in own.items() if values}
    if not own:
        return
    holder = HOLDERS[entity]
    rows = uow.session.execute(
        select(holder.record_id, holder.data, holder.folded).where(
            holder.record_id.in_(own)
        )
    )
    before = {number: (data, folded) for number, data, folded in rows}
    stored = []
    for number, values in own.items():
        data, folded = (dict(part) for part in before.get(number, ({}, {})))
        for slug, value in values.items():
            _put(known[slug], value, data, folded)
        stored.append({"record_id": number, "data": data, "folded": folded})
    dialect = postgresql if uow.session.get_bind().dialect.name != "sqlite" else sqlite
    put = dialect.insert(holder)
    put = put.on_conflict_do_update(
        index_elements=[holder.record_id],
        set_={"data": put.excluded.data, "folded": put.excluded.folded},
    )
    uow.session.execute(put, stored)


def _put(
    definition: Definition, value: Any, data: dict[str, Any], folded: dict[str, str]
) -> None:
    slug, kind = definition.slug, KINDS[definition.type]
    if value is None:
        data.pop(slug, None)
        folded.pop(slug, None)
        return
    data[slug] = kind.store(value)
    if kind.folds is not None:
        folded[slug] = kind.folds(value)


def _save_links(
    uow: UnitOfWork,
    entity: str,
    known: Mapping[str, Definition],
    changes: Mapping[int, Mapping[str, Any]],
) -> None:
    rows: list[dict[str, Any]] = []
    touched: dict[int, list[int]] = {}
    for number, values in changes.items():
        for slug, value in values.items():
            definition = known[slug]
            if definition.type in LINKED:
                touched.setdefault(definition.id, []).append(number)
                rows += _links(entity, number, definition, value)
    for field_id, numbers in touched.items():
        uow.session.execute(
            delete(CustomLink).where(
                CustomLink.entity == entity,
                CustomLink.record_id.in_(numbers),
                CustomLink.field_id == field_id,
            )
        )
    if rows:
        uow.session.execute(insert(CustomLink), rows)


def _links(
    entity: str, record_id: int, definition: Definition, value: Any
) -> list[dict[str, Any]]:
    common = {"entity": entity, "record_id": record_id, "field_id": definition.id}
    if value is None:
        return []
    if definition.type is FieldType.CHOICES:
        return [
            {**common, "target_id": None, "text": text, "text_folded": fold(text)}
            for text in value
        ]
    return [{**common, "target_id": value, "text": None, "text_folded": None}]
