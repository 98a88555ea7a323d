"""Deleting a hidden field for ever: its values first, some records a unit."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, cast, delete, func, select, text, update

from crmkit.core.custom.definitions import CustomField, describe
from crmkit.core.custom.expressions import value_json
from crmkit.core.custom.indexing import index_of
from crmkit.core.custom.kinds import KINDS, LINKED
from crmkit.core.custom.tables import HOLDERS, CustomLink
from crmkit.core.errors import CrmError, mark
from crmkit.core.events import Fact, record
from crmkit.core.ledger import FIELD, PluginObject
from crmkit.core.revisions import SETUP, raise_revision
from crmkit.core.uow import Role

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crmkit.core.uow import UnitOfWork

BATCH = 500


class StillShownError(CrmError):
    """Only what is hidden already is deleted for ever."""

    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(mark("Hide the field first, then delete it for ever."))


def begin_purge(uow: UnitOfWork, field: CustomField) -> int:
    """The job that deletes a hidden field and all its values."""
    uow.require(Role.ADMIN)
    if field.deleted_at is None:
        raise StillShownError
    return uow.enqueue("purge_field", key=str(field.id), field_id=field.id)


def purge_values(uow: UnitOfWork, field: CustomField, *, limit: int = BATCH) -> int:
    """Take the field's values from the next records; how many these were.

    Once there are none any more, `forget_field` is next.
    """
    uow.require(Role.ADMIN)
    if field.deleted_at is None:
        raise StillShownError
    session, definition = uow.session, describe(field)
    if field.type in LINKED:
        own = select(CustomLink.id).where(CustomLink.field_id == field.id).limit(limit)
        ids = list(session.scalars(own))
        session.execute(delete(CustomLink).where(CustomLink.id.in_(ids)))
        return len(ids)
    if field.type not in KINDS:
        return 0
    holder = HOLDERS[field.entity]
    dialect = session.get_bind().dialect.name
    held = text(f"{value_json(definition, dialect)} IS NOT NULL")
    ids = list(session.scalars(select(holder.record_id).where(held).limit(limit)))
    without = {
        name: _without(getattr(holder, name), field.slug, dialect)
        for name in ("data", "folded")
    }
    session.execute(
        update(holder)
        .where(holder.record_id.in_(ids))
        .values(without)
        .execution_options(synchronize_session=False)
    )
    return len(ids)


def _without(column: Any, slug: str, dialect: str) -> Any:
    if dialect == "sqlite":
        return func.json_remove(column, f"$.{slug}")
    return column.op("-")(cast(slug, Text))


def drop_index(connection: Connection, field: CustomField) -> None:
    """Remove the field's index, on an autocommit connection."""
    beside = " CONCURRENTLY" if connection.dialect.name == "postgresql" else ""
    name = index_of(describe(field))
    connection.execute(text(f"DROP INDEX{beside} IF EXISTS {name}"))


def forget_field(uow: UnitOfWork, field: CustomField) -> None:
    """Delete a field whose values are gone; its name can be given again."""
    uow.require(Role.ADMIN)
    if field.deleted_at is None:
        raise StillShownError
    told = {"entity": (field.entity, None), "slug": (field.slug, None)}
    fact = Fact("field.purged", "custom_field", field.id, field.version + 1, told)
    record(uow, [fact])
    uow.session.execute(
        delete(PluginObject).where(
            PluginObject.kind == FIELD,
            PluginObject.name == f"{field.entity}.{field.slug}",
        )
    )
    uow.session.delete(field)
    uow.session.flush()
    raise_revision(uow, SETUP)
