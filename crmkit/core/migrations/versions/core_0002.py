"""Revisions and settings."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import types

revision = "core_0002"
down_revision = "core_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "revision",
        sa.Column("name", sa.String(length=24), nullable=False),
        sa.Column("number", types.Id(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_revision")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "setting",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("version", types.Id(), nullable=False),
        sa.Column("changed_at", types.UtcDateTime(), nullable=False),
        sa.Column("changed_by", types.Id(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by"],
            ["crm_user.id"],
            name=op.f("fk_setting_changed_by_crm_user"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setting")),
        sa.UniqueConstraint("name", name=op.f("uq_setting_name")),
        sqlite_autoincrement=True,
    )
