"""Custom fields and their values."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crmkit.core import types

revision = "core_0003"
down_revision = "core_0002"
branch_labels = None
depends_on = None

_json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "custom_field",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Id(), nullable=False),
        sa.Column("entity", sa.String(length=24), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("help", sa.String(length=500), nullable=False),
        sa.Column("type", sa.String(length=24), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("is_indexed", sa.Boolean(), nullable=False),
        sa.Column("lowest_role", sa.String(length=24), nullable=False),
        sa.Column("position", types.Id(), nullable=False),
        sa.Column("plugin_id", sa.String(length=24), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("deleted_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_field")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_custom_field_entity_slug", "custom_field", ["entity", "slug"], unique=True
    )
    for entity in ("lead", "contact"):
        table = f"{entity}_custom"
        op.create_table(
            table,
            sa.Column("record_id", types.Id(), autoincrement=False, nullable=False),
            sa.Column("data", _json, nullable=False),
            sa.Column("folded", _json, nullable=False),
            sa.ForeignKeyConstraint(
                ["record_id"],
                [f"{entity}.id"],
                name=op.f(f"fk_{table}_record_id_{entity}"),
                ondelete="CASCADE",
            ),
            sa.PrimaryKeyConstraint("record_id", name=op.f(f"pk_{table}")),
        )
    op.create_table(
        "custom_link",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("entity", sa.String(length=24), nullable=False),
        sa.Column("record_id", types.Id(), nullable=False),
        sa.Column("field_id", types.Id(), nullable=False),
        sa.Column("target_id", types.Id(), nullable=True),
        sa.Column("text", sa.String(length=120), nullable=True),
        sa.Column("text_folded", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(
            ["field_id"],
            ["custom_field.id"],
            name=op.f("fk_custom_link_field_id_custom_field"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_link")),
        sqlite_autoincrement=True,
    )
    for name, columns in (
        ("record", ["entity", "record_id"]),
        ("target", ["field_id", "target_id", "record_id"]),
        ("text", ["field_id", "text_folded", "record_id"]),
    ):
        op.create_index(f"ix_custom_link_{name}", "custom_link", columns)
