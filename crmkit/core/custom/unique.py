"""Values that no two records have: looked for before they are kept.

Writers of such a field take turns, so that two who come at once both see the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import column, func, select, table

from crmkit.core.custom.expressions import read_folded, read_value
from crmkit.core.custom.kinds import KINDS
from crmkit.core.custom.tables import HOLDERS
from crmkit.core.errors import CrmError, mark
from crmkit.core.field_types import FieldType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmkit.core.custom.described import Definition
    from crmkit.core.uow import UnitOfWork

UNIQUE = frozenset(
    {
        FieldType.TEXT,
        FieldType.WHOLE,
        FieldType.DECIMAL,
        FieldType.DATE,
        FieldType.LINK,
        FieldType.MAIL,
        FieldType.PHONE,
    }
)
"""The types whose values can be unique."""


class TakenValueError(CrmError):
    """Another record has this value of a unique field."""

    def __init__(self, definition: Definition, value: object) -> None:
        super().__init__(
            mark("“{label}”: another record has the value “{value}” already."),
            field=f"custom.{definition.slug}",
            label=definition.label,
            value=str(value),
        )


def check_unique(
    uow: UnitOfWork,
    entity: str,
    every: Sequence[Mapping[str, Any]],
    but: int | None = None,
) -> None:
    """Raise TakenValueError where checked values are another record's, or each other's.

    `but` is the record that they are for, where it is there already. Records in the
    bin do not count.
    """
    for slug, definition in uow.catalogue.definitions[entity].items():
        if not definition.is_unique:
            continue
        wanted = [one[slug] for one in every if one.get(slug) is not None]
        if wanted:
            _check(uow, definition, wanted, but)


def _check(
    uow: UnitOfWork, definition: Definition, wanted: Sequence[Any], but: int | None
) -> None:
    folds = KINDS[definition.type].folds
    known: dict[Any, Any] = {}
    for value in wanted:
        key = value if folds is None else folds(value)
        if key in known:
            raise TakenValueError(definition, value)
        known[key] = value
    field = table("custom_field", column("id"))
    turn = select(field.c.id).where(field.c.id == definition.id).with_for_update()
    uow.session.execute(turn)
    read = _compared(uow, definition)
    holder = HOLDERS[definition.entity]
    query = select(read).where(read.in_(known), _is_there(definition))
    if but is not None:
        query = query.where(holder.record_id != but)
    for taken in uow.session.scalars(query.limit(1)):
        raise TakenValueError(definition, known.get(taken, taken))


def find_repeated(uow: UnitOfWork, definition: Definition) -> Any:
    """A value that more than one record has; None where each is unique."""
    read = _compared(uow, definition)
    query = select(read).where(_is_there(definition), read.is_not(None))
    query = query.group_by(read).having(func.count() > 1)
    return uow.session.scalar(query.limit(1))


def _compared(uow: UnitOfWork, definition: Definition) -> Any:
    dialect = uow.session.get_bind().dialect.name
    is_text = KINDS[definition.type].is_text
    return (read_folded if is_text else read_value)(definition, dialect)


def _is_there(definition: Definition) -> Any:
    record = table(definition.entity, column("id"), column("deleted_at"))
    there = select(record.c.id).where(record.c.deleted_at.is_(None))
    return HOLDERS[definition.entity].record_id.in_(there)
