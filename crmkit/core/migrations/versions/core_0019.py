"""What somebody has to do and has done is found by his day."""

from alembic import op

revision = "core_0019"
down_revision = "core_0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Put two indexes in the place of one."""
    op.drop_index(op.f("ix_activity_owner_id"), table_name="activity")
    op.create_index("ix_activity_owner_due", "activity", ["owner_id", "due_from"])
    op.create_index("ix_activity_owner_done", "activity", ["owner_id", "done_at"])
