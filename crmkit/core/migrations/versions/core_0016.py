"""Views that users keep at hand."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import types

revision = "core_0016"
down_revision = "core_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table of favourites."""
    op.create_table(
        "view_favourite",
        sa.Column("user_id", types.Id(), nullable=False),
        sa.Column("view_id", types.Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["crm_user.id"],
            name=op.f("fk_view_favourite_user_id_crm_user"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["view_id"],
            ["saved_view.id"],
            name=op.f("fk_view_favourite_view_id_saved_view"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "view_id", name=op.f("pk_view_favourite")),
    )
    op.create_index(op.f("ix_view_favourite_view_id"), "view_favourite", ["view_id"])
