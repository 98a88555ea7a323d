"""Tokens with scopes and an end; answers kept under keys."""

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
    _add_kept_answers()


def _add_kept_answers() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("user_id", types.Id(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("status", types.Id(), nullable=True),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["crm_user.id"],
            name=op.f("fk_idempotency_key_user_id_crm_user"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_key")),
        sa.UniqueConstraint(
            "user_id", "key", name=op.f("uq_idempotency_key_user_id_key")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_idempotency_key_created_at"), "idempotency_key", ["created_at"]
    )
    _add_permissions()


def _add_permissions() -> None:
    op.create_table(
        "plugin_permission",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Id(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("changed_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plugin_permission")),
        sa.UniqueConstraint("name", name=op.f("uq_plugin_permission_name")),
        sqlite_autoincrement=True,
    )
