"""speed."""

import sqlalchemy as sa
from alembic import op

revision = "core_0011"
down_revision = "core_0010"
branch_labels = None
depends_on = None

_ON_BOARD = "is_archived IS {0} AND kind = 'opportunity' AND status != 'lost'"
_SQLITE = "is_deleted IS 0 AND " + _ON_BOARD.format("0")
_POSTGRESQL = "is_deleted IS false AND " + _ON_BOARD.format("false")
_JUDGED = ["is_deleted", "is_archived", "kind", "status"]


def upgrade() -> None:
    """Indexes for the board as of a moment."""
    indexes = {
        "ix_lead_past_held": [
            "stage_id",
            "currency",
            "to_at",
            "from_at",
            "base_revenue",
            "base_weighted",
            "expected_revenue",
            "probability",
            "team_id",
            "lead_id",
        ],
        "ix_lead_past_stage": [
            "stage_id",
            "from_at",
            "id",
            "to_at",
            "team_id",
            "lead_id",
        ],
    }
    for name, columns in indexes.items():
        op.create_index(
            name,
            "lead_past",
            [*columns, *_JUDGED],
            sqlite_where=sa.text(_SQLITE),
            postgresql_where=sa.text(_POSTGRESQL),
        )
