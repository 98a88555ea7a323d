"""Indexes for sums by team, and for somebody's leads by amount."""

import sqlalchemy as sa
from alembic import op

revision = "core_0022"
down_revision = "core_0021"
branch_labels = None
depends_on = None

_LIVE = sa.text("deleted_at IS NULL AND archived_at IS NULL")
_NOT_DELETED = sa.text("deleted_at IS NULL")


def upgrade() -> None:
    """Make both, in the place of those that held the team or the owner alone."""
    op.drop_index(op.f("ix_lead_team_id"), "lead")
    op.drop_index(op.f("ix_lead_owner_id"), "lead")
    op.create_index(
        "ix_lead_sums",
        "lead",
        [
            "team_id",
            "stage_id",
            "currency",
            "base_revenue",
            "base_weighted",
            "expected_revenue",
            "weighted_revenue",
            "owner_id",
            "kind",
            "status",
            "closed_at",
            "deleted_at",
            "archived_at",
        ],
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )
    op.create_index(
        "ix_lead_owner",
        "lead",
        ["owner_id", "expected_revenue", "id"],
        sqlite_where=_NOT_DELETED,
        postgresql_where=_NOT_DELETED,
    )
