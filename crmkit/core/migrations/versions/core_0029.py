"""What fields of one's own can be besides: related, unique, searched, with a default."""

import sqlalchemy as sa
from alembic import op

revision = "core_0029"
down_revision = "core_0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; fields that are there are what they were."""
    no, nothing = sa.false(), sa.text("'[]'")
    with op.batch_alter_table("custom_field") as table:
        table.add_column(
            sa.Column("is_unique", sa.Boolean(), nullable=False, server_default=no)
        )
        table.add_column(
            sa.Column("is_searched", sa.Boolean(), nullable=False, server_default=no)
        )
        table.add_column(sa.Column("default", sa.Text(), nullable=True))
        table.add_column(
            sa.Column("source", sa.String(130), nullable=False, server_default="")
        )
        table.add_column(
            sa.Column("team_ids", sa.JSON(), nullable=False, server_default=nothing)
        )
