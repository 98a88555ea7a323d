"""Views of the board beside those of the lists."""

import sqlalchemy as sa
from alembic import op

revision = "core_0030"
down_revision = "core_0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say of each view how it shows what it finds: until now as a list."""
    column = sa.Column("layout", sa.String(8), nullable=False, server_default="list")
    op.add_column("saved_view", column)
