"""A version for the members of teams."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import types

revision = "core_0024"
down_revision = "core_0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Everyone begins with the first."""
    op.add_column(
        "member",
        sa.Column("version", types.Id(), server_default="1", nullable=False),
    )
