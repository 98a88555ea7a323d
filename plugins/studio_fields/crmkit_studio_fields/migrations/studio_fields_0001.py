"""The first tables."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import Id, UtcDateTime

revision = "studio_fields_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of layouts and demands."""
    op.create_table(
        "studio_fields__layout",
        sa.Column("id", Id(), nullable=False),
        sa.Column("version", Id(), nullable=False),
        sa.Column("entity", sa.String(length=24), nullable=False),
        sa.Column("team_id", Id(), nullable=True),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"],
            ["team.id"],
            name=op.f("fk_studio_fields__layout_team_id_team"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studio_fields__layout")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_studio_fields__layout_entity",
        "studio_fields__layout",
        ["entity", "team_id"],
        unique=False,
    )
    op.create_table(
        "studio_fields__demand",
        sa.Column("id", Id(), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("stage_id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["stage_id"],
            ["stage.id"],
            name=op.f("fk_studio_fields__demand_stage_id_stage"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studio_fields__demand")),
        sa.UniqueConstraint("slug", name=op.f("uq_studio_fields__demand_slug")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_studio_fields__demand_stage_id"),
        "studio_fields__demand",
        ["stage_id"],
        unique=False,
    )


def downgrade() -> None:
    """Take the tables away."""
    op.drop_table("studio_fields__demand")
    op.drop_table("studio_fields__layout")
