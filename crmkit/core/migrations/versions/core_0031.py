"""What was given to whom of late, in an index of its own."""

import sqlalchemy as sa
from alembic import op

revision = "core_0031"
down_revision = "core_0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Find leads by when they were given to somebody."""
    where = sa.text("deleted_at IS NULL")
    op.create_index(
        "ix_lead_assigned",
        "lead",
        ["assigned_at", "team_id", "owner_id", "deleted_at"],
        sqlite_where=where,
        postgresql_where=where,
    )
