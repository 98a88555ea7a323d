"""The first table."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import Id, UtcDateTime

revision = "calendar_feed_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "calendar_feed__feed",
        sa.Column("id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["crm_user.id"],
            name=op.f("fk_calendar_feed__feed_user_id_crm_user"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed__feed")),
        sa.UniqueConstraint("user_id", name=op.f("uq_calendar_feed__feed_user_id")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_calendar_feed__feed_key_hash")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Take the table away."""
    op.drop_table("calendar_feed__feed")
