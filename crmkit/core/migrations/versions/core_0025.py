"""Sample data that can be removed in one step."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import types

revision = "core_0025"
down_revision = "core_0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "sample",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("change_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("removed_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample")),
        sqlite_autoincrement=True,
    )
