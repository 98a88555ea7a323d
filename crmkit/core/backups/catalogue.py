"""What stands in a PostgreSQL schema, as its catalogue tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import text

if TYPE_CHECKING:
    from psycopg import Connection as DriverConnection
    from sqlalchemy import Connection

_TABLES = """
SELECT relname FROM pg_class
WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
ORDER BY relname
"""
_COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = to_regclass(:name) AND attnum > 0 AND NOT attisdropped
  AND attgenerated = '' ORDER BY attnum
"""
_SEQUENCES = """
SELECT relname FROM pg_class
WHERE relkind = 'S' AND relnamespace = current_schema()::regnamespace ORDER BY 1
"""
_KEYS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
FROM pg_constraint WHERE contype = 'f'
  AND connamespace = current_schema()::regnamespace AND conparentid = 0
"""
# What an extension brought stays: it is the server's business. The sequence of an
# identity goes with its column.
_ROUTINES = """
SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure) FROM pg_proc p
WHERE p.pronamespace = current_schema()::regnamespace AND NOT EXISTS
    (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""
_RELATIONS = """
SELECT format('DROP %s IF EXISTS %I CASCADE',
  CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
    WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, c.relname) FROM pg_class c
WHERE c.relnamespace = current_schema()::regnamespace
  AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
  AND NOT EXISTS
    (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('e', 'i'))
"""
_TYPES = """
SELECT format('DROP TYPE IF EXISTS %I CASCADE', t.typname) FROM pg_type t
LEFT JOIN pg_class c ON c.oid = t.typrelid
WHERE t.typnamespace = current_schema()::regnamespace AND NOT EXISTS
    (SELECT 1 FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')
  AND (t.typtype IN ('e', 'd') OR c.relkind = 'c')
"""


def quote(name: str) -> str:
    """A name of a table or column as both databases take it."""
    return '"' + name.replace('"', '""') + '"'


def driver_of(connection: Connection) -> DriverConnection[Any]:
    """The driver's own connection, in the same transaction."""
    return cast("DriverConnection[Any]", connection.connection.driver_connection)


def tables_in(connection: Connection) -> list[str]:
    """The names of all tables of the schema."""
    return list(connection.scalars(text(_TABLES)))


def columns_of(connection: Connection, name: str) -> list[str]:
    """The columns of a table that can be written, in order."""
    return list(connection.scalars(text(_COLUMNS), {"name": quote(name)}))


def sequences_in(connection: Connection) -> dict[str, tuple[int, bool]]:
    """How far each sequence counted, and whether that number was given."""
    found = {}
    for name in connection.scalars(text(_SEQUENCES)).all():
        query = f"SELECT last_value, is_called FROM {quote(name)}"  # noqa: S608  (a quoted name)
        last, is_called = connection.execute(text(query)).one()
        found[name] = (last, is_called)
    return found


def take_off_keys(connection: Connection) -> list[str]:
    """Take every foreign key off; the statements that put them back."""
    again = []
    for table, name, definition in connection.execute(text(_KEYS)).all():
        run(connection, f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        again.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
    return again


def empty_schema(connection: Connection) -> None:
    """Remove all tables, types and functions of the schema but an extension's."""
    for query in (_RELATIONS, _ROUTINES, _TYPES):
        for statement in connection.scalars(text(query)).all():
            run(connection, statement)


def run(connection: Connection, statement: str) -> None:
    """Send a statement as it is: a colon in it names no parameter."""
    connection.exec_driver_sql(statement.replace("%", "%%"))
