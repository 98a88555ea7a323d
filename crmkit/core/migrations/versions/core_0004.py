"""Search: the words of each record, and an index of them."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import types
from crmkit.core.search import reindex

revision = "core_0004"
down_revision = "core_0003"
branch_labels = None
depends_on = None

ENTITIES = ("lead", "contact", "activity")
BATCH = 1000

# On SQLite the words are kept once, in the table; FTS5 has the index alone, and is
# told by triggers. Its tokenizer `ascii` takes every letter beyond ASCII as it is.
FTS5 = (
    """
    CREATE VIRTUAL TABLE {name}_fts USING fts5(
        words, content='{name}', content_rowid='{key}', tokenize='ascii',
        detail='none', columnsize=0, prefix='1 2 3'
    )
    """,
    """
    CREATE TRIGGER {name}_inserted AFTER INSERT ON {name} BEGIN
        INSERT INTO {name}_fts(rowid, words) VALUES (new.{key}, new.words);
    END
    """,
    """
    CREATE TRIGGER {name}_deleted AFTER DELETE ON {name} BEGIN
        INSERT INTO {name}_fts({name}_fts, rowid, words)
        VALUES ('delete', old.{key}, old.words);
    END
    """,
    """
    CREATE TRIGGER {name}_updated AFTER UPDATE ON {name} BEGIN
        INSERT INTO {name}_fts({name}_fts, rowid, words)
        VALUES ('delete', old.{key}, old.words);
        INSERT INTO {name}_fts(rowid, words) VALUES (new.{key}, new.words);
    END
    """,
)
GIN = (
    """
    ALTER TABLE {name} ADD COLUMN vector tsvector GENERATED ALWAYS AS
    (array_to_tsvector(string_to_array(words, ' '))) STORED
    """,
    "CREATE INDEX ix_{name}_vector ON {name} USING gin (vector)",
)


def upgrade() -> None:
    """Make the tables, and the words of the records that are there."""
    connection = op.get_bind()
    index = FTS5 if connection.dialect.name == "sqlite" else GIN
    for entity in ENTITIES:
        key, name = f"{entity}_id", f"{entity}_words"
        op.create_table(
            name,
            sa.Column(key, types.Id(), nullable=False),
            sa.Column("words", sa.Text(), nullable=False),
            sa.ForeignKeyConstraint(
                [key],
                [f"{entity}.id"],
                name=op.f(f"fk_{name}_{key}_{entity}"),
                ondelete="CASCADE",
            ),
            sa.PrimaryKeyConstraint(key, name=op.f(f"pk_{name}")),
            sqlite_autoincrement=True,
        )
        for statement in index:
            connection.exec_driver_sql(statement.format(name=name, key=key))
        last: int | None = 0
        while last is not None:
            last = reindex(connection, entity, last, BATCH)
