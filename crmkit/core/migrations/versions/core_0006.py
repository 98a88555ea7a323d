"""queue."""

from pathlib import Path

from alembic import op

revision = "core_0006"
down_revision = "core_0005"
branch_labels = None
depends_on = None

SCHEMA = Path(__file__).parents[1] / "sql" / "procrastinate.sql"


def upgrade() -> None:
    """Make procrastinate's tables and functions; SQLite has no need of them."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    # Many statements with percent signs: the driver's own cursor takes them as they are.
    cursor = connection.connection.cursor()
    cursor.execute(SCHEMA.read_text(encoding="utf-8"))
    cursor.close()
