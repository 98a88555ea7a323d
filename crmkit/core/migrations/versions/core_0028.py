"""On SQLite, an index of longer beginnings of words."""

from alembic import op

revision = "core_0028"
down_revision = "core_0027"
branch_labels = None
depends_on = None

ENTITIES = ("lead", "contact", "activity")
# A beginning that has an index of its own is read from there. For any other, FTS5
# gathers the records of all words that begin so before it answers the first.
FTS5 = (
    "DROP TABLE {name}_fts",
    """
    CREATE VIRTUAL TABLE {name}_fts USING fts5(
        words, content='{name}', content_rowid='{key}', tokenize='ascii',
        detail='none', columnsize=0, prefix='1 2 3 4 5 6 7 8'
    )
    """,
    "INSERT INTO {name}_fts({name}_fts) VALUES ('rebuild')",
)


def upgrade() -> None:
    """Make the indexes of words anew; PostgreSQL's serve every beginning."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    for entity in ENTITIES:
        for statement in FTS5:
            names = {"name": f"{entity}_words", "key": f"{entity}_id"}
            connection.exec_driver_sql(statement.format(**names))
