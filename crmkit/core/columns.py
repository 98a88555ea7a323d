"""The values of any fields of the catalogue, of the records that a page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crmkit.core.contacts import Contact, visible_contacts
from crmkit.core.custom.values import load_values
from crmkit.core.fields import Field, FieldType, find_field
from crmkit.core.users import User

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "names_of",
    "read_columns",
    "read_values",
]


def read_columns(
    uow: UnitOfWork, entity: str, names: Sequence[str], ids: Sequence[int]
) -> dict[int, dict[str, Any]]:
    """The values of these fields by record and name; of a record named, its name.

    One statement for what stands in the entity's table, two at most for custom fields,
    and one for each field that names records. Fields that no column holds are left out.
    """
    found = read_values(uow, entity, names, ids)
    if found:
        for field in (find_field(uow, entity, name) for name in names):
            if _names_records(field):
                _name(uow, field, found.values())
    return found


def read_values(
    uow: UnitOfWork, entity: str, names: Sequence[str], ids: Sequence[int]
) -> dict[int, dict[str, Any]]:
    """The values of these fields by record and name; of a record named, its id.

    One statement for what stands in the entity's table, two at most for custom fields.
    """
    fields = [find_field(uow, entity, name) for name in names]
    found = {number: dict[str, Any]() for number in ids}
    if not (fields and found):
        return found
    _read_own(uow, entity, [field for field in fields if _is_own(field)], found)
    custom = [field for field in fields if field.holder is not None]
    if custom:
        held = load_values(uow, entity, list(found))
        for number, values in found.items():
            values.update(
                {field.name: held[number].get(field.name) for field in custom}
            )
    return found


def _is_own(field: Field) -> bool:
    return field.holder is None and not field.is_many and field.column is not None


def _names_records(field: Field) -> bool:
    return field.named is not None and field.type not in {
        FieldType.TAGS,
        FieldType.CHOICES,
    }


def _read_own(
    uow: UnitOfWork,
    entity: str,
    fields: Sequence[Field],
    found: Mapping[int, dict[str, Any]],
) -> None:
    if not fields:
        return
    number = find_field(uow, entity, "id").column
    columns = [field.column.label(f"c{n}") for n, field in enumerate(fields)]
    rows = uow.session.execute(select(number, *columns).where(number.in_(list(found))))
    for record_id, *values in rows:
        pairs = zip(fields, values, strict=True)
        found[record_id].update({field.name: value for field, value in pairs})


def _name(uow: UnitOfWork, field: Field, every: Iterable[dict[str, Any]]) -> None:
    records = list(every)
    known = names_of(uow, field, {record.get(field.name) for record in records})
    for record in records:
        record[field.name] = known.get(record.get(field.name))


def names_of(uow: UnitOfWork, field: Field, ids: Iterable[Any]) -> dict[Any, str]:
    """The names of the records of these ids; empty for fields that name none.

    A contact whom the actor may not see has none.
    """
    wanted = {value for value in ids if value is not None}
    if field.named is None or not wanted:
        return {}
    query = _names(uow, field)
    number = query.selected_columns[0]
    rows = uow.session.execute(query.where(number.in_(wanted)))
    return {value: text for value, text in rows}  # noqa: C416  (a Result has keys)


def _names(uow: UnitOfWork, field: Field) -> Any:
    if field.type is FieldType.USER:
        return select(User.id, User.name)
    if field.type is FieldType.CONTACT:
        return select(Contact.id, Contact.name).where(visible_contacts(uow))
    number, folded = field.named.selected_columns[:2]  # type: ignore[union-attr]  # asked before
    return select(number, folded.table.c.name)
