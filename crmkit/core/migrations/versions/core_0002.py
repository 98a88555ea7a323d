"""Revisions and settings."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import types

revision = "core_0002"
down_revision = "core_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "revision",
        sa.Column("name", sa.String(length=24), nullable=False),
        sa.Column("number", types.Id(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_revision")),
        sqlite_autoincrement=True,
    )
