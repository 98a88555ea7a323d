"""How a table of PostgreSQL is made, in statements: for plugins that may be gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from crmkit.core.backups.catalogue import quote

if TYPE_CHECKING:
    from sqlalchemy import Connection

_COLUMNS = """
SELECT quote_ident(a.attname) AS name,
  format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS filled,
  pg_get_expr(d.adbin, d.adrelid) AS expression, a.attidentity::text AS identity,
  a.attgenerated::text AS derived,
  pg_get_serial_sequence(:name, a.attname)::regclass::text AS sequence
FROM pg_attribute a
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = to_regclass(:name) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""
_CONSTRAINTS = """
SELECT quote_ident(conname), pg_get_constraintdef(oid), contype = 'f'
FROM pg_constraint WHERE conrelid = to_regclass(:name) AND contype IN ('p','u','c','f')
ORDER BY contype, conname
"""
_INDEXES = """
SELECT replace(pg_get_indexdef(i.indexrelid),
  format(' ON %I.', current_schema()), ' ON ')
FROM pg_index i WHERE i.indrelid = to_regclass(:name)
  AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)
ORDER BY i.indexrelid
"""
_ALWAYS, _STORED = "a", "s"


def define_table(connection: Connection, name: str) -> tuple[list[str], list[str]]:
    """The statements that make a table, and those that add its foreign keys."""
    table, known = quote(name), {"name": quote(name)}
    columns, before, after = [], [], []
    for row in connection.execute(text(_COLUMNS), known):
        columns.append(_column(*row[:6]))
        if row.sequence is not None and not row.identity:
            before.append(f"CREATE SEQUENCE IF NOT EXISTS {row.sequence}")
            after.append(f"ALTER SEQUENCE {row.sequence} OWNED BY {table}.{row.name}")
    keys: list[str] = []
    for constraint, definition, is_key in connection.execute(text(_CONSTRAINTS), known):
        added = f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {definition}"
        (keys if is_key else after).append(added)
    indexes = connection.scalars(text(_INDEXES), known)
    made = f"CREATE TABLE {table} ({', '.join(columns)})"
    return [*before, made, *after, *indexes], keys


def _column(*parts: str) -> str:
    name, kind, filled, expression, identity, derived = parts
    words = [name, kind]
    if identity:
        when = "ALWAYS" if identity == _ALWAYS else "BY DEFAULT"
        words.append(f"GENERATED {when} AS IDENTITY")
    elif derived == _STORED:
        words.append(f"GENERATED ALWAYS AS ({expression}) STORED")
    elif expression is not None:
        words.append(f"DEFAULT {expression}")
    return " ".join([*words, "NOT NULL"] if filled else words)
