"""Open leads of an owner by how long they stand in their stage, in an index."""

import sqlalchemy as sa
from alembic import op

revision = "core_0033"
down_revision = "core_0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Find what waits for somebody without looking at all that is his."""
    where = sa.text("deleted_at IS NULL AND archived_at IS NULL AND status = 'open'")
    op.create_index(
        "ix_lead_waiting",
        "lead",
        ["owner_id", "stage_entered_at", "id"],
        sqlite_where=where,
        postgresql_where=where,
    )
