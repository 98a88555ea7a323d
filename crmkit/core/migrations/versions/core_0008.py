"""Files, and pauses."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import types

revision = "core_0008"
down_revision = "core_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "pause",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("reason", sa.String(length=250), nullable=False),
        sa.Column("since", types.UtcDateTime(), nullable=False),
        sa.Column("ended_at", types.UtcDateTime(), nullable=True),
        sa.Column("ended_by_id", types.Id(), nullable=True),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["crm_user.id"], name=op.f("fk_pause_ended_by_id_crm_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pause")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_pause_ended_at", "pause", ["ended_at"], unique=False)
    op.create_table(
        "blob",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", types.Id(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("place", sa.String(length=500), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blob")),
        sa.UniqueConstraint("sha256", name=op.f("uq_blob_sha256")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "blob_chunk",
        sa.Column("blob_id", types.Id(), nullable=False),
        sa.Column("number", types.Id(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["blob_id"],
            ["blob.id"],
            name=op.f("fk_blob_chunk_blob_id_blob"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("blob_id", "number", name=op.f("pk_blob_chunk")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "attachment",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Id(), nullable=False),
        sa.Column("entity", sa.String(length=24), nullable=False),
        sa.Column("record_id", types.Id(), nullable=False),
        sa.Column("blob_id", types.Id(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("added_by_id", types.Id(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("deleted_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["added_by_id"],
            ["crm_user.id"],
            name=op.f("fk_attachment_added_by_id_crm_user"),
        ),
        sa.ForeignKeyConstraint(
            ["blob_id"], ["blob.id"], name=op.f("fk_attachment_blob_id_blob")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_attachment_record",
        "attachment",
        ["entity", "record_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_attachment_blob_id"), "attachment", ["blob_id"], unique=False
    )
