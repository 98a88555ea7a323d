"""Hooks that failed, for every process to see."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import types

revision = "core_0026"
down_revision = "core_0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "hook_failure",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("plugin_id", sa.String(length=24), nullable=False),
        sa.Column("hook", sa.String(length=48), nullable=False),
        sa.Column("count", types.Id(), nullable=False),
        sa.Column("first_at", types.UtcDateTime(), nullable=False),
        sa.Column("last_at", types.UtcDateTime(), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook_failure")),
        sa.UniqueConstraint(
            "plugin_id", "hook", name=op.f("uq_hook_failure_plugin_id_hook")
        ),
        sqlite_autoincrement=True,
    )
