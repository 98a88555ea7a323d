"""Tokens with scopes and an end."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import types

revision = "core_0009"
down_revision = "core_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is new."""
    scopes = sa.Column(
        "scopes", sa.String(length=500), server_default="all", nullable=False
    )
    op.add_column("access_token", scopes)
    for name in ("expires_at", "last_used_at"):
        op.add_column(
            "access_token", sa.Column(name, types.UtcDateTime(), nullable=True)
        )
