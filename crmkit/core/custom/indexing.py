"""An index for a custom field, built beside the work of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from crmkit.core.custom.definitions import CustomField, save_field
from crmkit.core.custom.expressions import folded_text, value_text
from crmkit.core.custom.kinds import KINDS
from crmkit.core.custom.tables import HOLDERS

if TYPE_CHECKING:
    from crmkit.core.custom.described import Definition
    from crmkit.core.uow import UnitOfWork


def index_of(definition: Definition) -> str:
    """The name of a field's index."""
    return f"ix_custom__{definition.entity}__{definition.slug}"


def indexed(connection: Connection, definition: Definition) -> None:
    """Build the index of a field, if it is not there, on an autocommit connection.

    Readers and, on PostgreSQL, writers go on meanwhile.
    """
    dialect = connection.dialect.name
    table = HOLDERS[definition.entity].__tablename__
    kind = KINDS[definition.type]
    read = folded_text if kind.is_text else value_text
    # The index is of the table itself: its columns stand there without its name.
    words = read(definition, dialect).replace(f"{table}.", "")
    beside = " CONCURRENTLY" if dialect == "postgresql" else ""
    connection.execute(
        text(
            f"CREATE INDEX{beside} IF NOT EXISTS {index_of(definition)}"
            f" ON {table} ({words}, record_id)"
        )
    )
    connection.execute(text("ANALYZE"))


def mark_indexed(uow: UnitOfWork, field: CustomField) -> None:
    """Note that the index of a field is there."""
    field.is_indexed = True
    save_field(uow, field, "field.indexed", {})
