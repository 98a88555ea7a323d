"""The place of a card on the board, given by hand."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import types

revision = "core_0014"
down_revision = "core_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Leads that nobody placed have none, and stand by age."""
    op.add_column("lead", sa.Column("board_rank", types.Id(), nullable=True))
