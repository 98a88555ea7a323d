"""The SQL text that reads a custom value: the same for its index and its queries.

An index on an expression is used only by a query that says the expression in the same
words, so both take them from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, String, literal_column

from crmkit.core.custom.kinds import KINDS
from crmkit.core.custom.slugs import SLUG
from crmkit.core.custom.tables import HOLDERS

if TYPE_CHECKING:
    from crmkit.core.custom.described import Definition


class UnsafeSlugError(ValueError):
    """A slug would not be safe inside SQL text."""


def _table(definition: Definition) -> str:
    return str(HOLDERS[definition.entity].__tablename__)


def value_text(definition: Definition, dialect: str) -> str:
    """The words that read a field's value as SQL compares it."""
    kind = KINDS[definition.type]
    return _text(_table(definition), "data", definition.slug, dialect, kind.cast)


def value_json(definition: Definition, dialect: str) -> str:
    """The words that read a field's value as JSON keeps it."""
    return _text(_table(definition), "data", definition.slug, dialect, "")


def folded_text(definition: Definition, dialect: str) -> str:
    """The words that read the folded copy of a text."""
    return _text(_table(definition), "folded", definition.slug, dialect, "")


def _text(table: str, column: str, slug: str, dialect: str, cast: str) -> str:
    if not SLUG.fullmatch(slug):
        raise UnsafeSlugError(slug)
    if dialect == "sqlite":
        return f"json_extract({table}.{column}, '$.{slug}')"
    read = f"({table}.{column} ->> '{slug}')"
    # Without it the order of texts would be that of the database's language.
    return f"({read}::{cast})" if cast else f'({read} COLLATE "C")'


def read_value(definition: Definition, dialect: str) -> ColumnElement[Any]:
    """A field's value, to be compared, sorted and grouped by."""
    kind = KINDS[definition.type]
    return literal_column(value_text(definition, dialect), kind.sql_type)


def read_folded(definition: Definition, dialect: str) -> ColumnElement[str]:
    """The folded copy of a field's text."""
    return literal_column(folded_text(definition, dialect), String())
