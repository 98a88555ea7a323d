"""Teams that merge leads of the same mail address, and lines that say into which."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import Id

revision = "assignment_0002"
down_revision = "assignment_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; no team merges until somebody chooses it."""
    merges: sa.Column[bool] = sa.Column(
        "merges", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("assignment__team_rule", merges)
    op.add_column("assignment__run_line", sa.Column("into_id", Id()))
