"""Activities: the bin, and the list of what is due."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import types

revision = "core_0012"
down_revision = "core_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A deleted activity can come back; everybody's are listed by day."""
    op.add_column(
        "activity", sa.Column("deleted_at", types.UtcDateTime(), nullable=True)
    )
    op.create_index("ix_activity_due", "activity", ["due_from", "id"], unique=False)
