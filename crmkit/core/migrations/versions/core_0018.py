"""Merging leads."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import types

revision = "core_0018"
down_revision = "core_0017"
branch_labels = None
depends_on = None

_MERGED = sa.text("merged_into_id IS NOT NULL")


def upgrade() -> None:
    """A merged lead points at its master; a merge remembers what it moved."""
    op.add_column("lead", sa.Column("merged_into_id", types.Id(), nullable=True))
    op.create_index(
        "ix_lead_merged",
        "lead",
        ["merged_into_id"],
        sqlite_where=_MERGED,
        postgresql_where=_MERGED,
    )
    op.create_table(
        "lead_merge",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("change_id", sa.String(length=32), nullable=False),
        sa.Column("master_id", types.Id(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("actor_id", types.Id(), nullable=True),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("unmerged_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["master_id"],
            ["lead.id"],
            name=op.f("fk_lead_merge_master_id_lead"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["crm_user.id"], name=op.f("fk_lead_merge_actor_id_crm_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_merge")),
        sqlite_autoincrement=True,
    )
    for column in ("change_id", "master_id"):
        op.create_index(op.f(f"ix_lead_merge_{column}"), "lead_merge", [column])
