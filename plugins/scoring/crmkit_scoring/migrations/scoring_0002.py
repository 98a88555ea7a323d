"""A name for each rewriting of the counts, so that processes may remember them."""

import sqlalchemy as sa
from alembic import op

revision = "scoring_0002"
down_revision = "scoring_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    column = sa.Column(
        "stamp", sa.String(length=32), nullable=False, server_default=sa.text("''")
    )
    op.add_column("scoring__config", column)
