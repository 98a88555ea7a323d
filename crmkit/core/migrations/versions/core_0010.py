"""Saved views, and what became of each record of a job."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import types

revision = "core_0010"
down_revision = "core_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "saved_view",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Id(), nullable=False),
        sa.Column("entity", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("scope", sa.String(length=24), nullable=False),
        sa.Column("owner_id", types.Id(), nullable=True),
        sa.Column("team_id", types.Id(), nullable=True),
        sa.Column("filter", sa.JSON(), nullable=True),
        sa.Column("words", sa.String(length=250), nullable=False),
        sa.Column("sort", sa.String(length=80), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("group_by", sa.JSON(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("position", types.Id(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("deleted_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["crm_user.id"],
            name=op.f("fk_saved_view_owner_id_crm_user"),
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_saved_view_team_id_team")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_saved_view_entity", "saved_view", ["entity", "position", "id"])
    op.create_index(op.f("ix_saved_view_owner_id"), "saved_view", ["owner_id"])
    op.create_table(
        "job_row",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("job_id", types.Id(), nullable=False),
        sa.Column("entity", sa.String(length=24), nullable=False),
        sa.Column("record_id", types.Id(), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("sentence", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["job_id"],
            ["job.id"],
            name=op.f("fk_job_row_job_id_job"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_row")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_job_row_job", "job_row", ["job_id", "id"])
