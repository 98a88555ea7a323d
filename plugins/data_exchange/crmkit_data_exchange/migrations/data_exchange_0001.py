"""The first tables."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import Id, UtcDateTime

revision = "data_exchange_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_imports()
    _make_mappings()
    _make_files()
    _make_rows()
    _make_kept()


def _make_imports() -> None:
    op.create_table(
        "data_exchange__import",
        sa.Column("id", Id(), nullable=False),
        sa.Column("entity", sa.String(length=24), nullable=False),
        sa.Column("file_name", sa.String(length=250), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("shape", sa.JSON(), nullable=False),
        sa.Column("total", Id(), nullable=False),
        sa.Column("done_rows", Id(), nullable=False),
        sa.Column("created", Id(), nullable=False),
        sa.Column("updated", Id(), nullable=False),
        sa.Column("skipped", Id(), nullable=False),
        sa.Column("failed", Id(), nullable=False),
        sa.Column("unmatched", sa.JSON(), nullable=False),
        sa.Column("change_id", sa.String(length=32), nullable=False),
        sa.Column("undo_change_id", sa.String(length=32), nullable=False),
        sa.Column("undo_before", Id(), nullable=True),
        sa.Column("undone", Id(), nullable=False),
        sa.Column("created_by_id", Id(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["crm_user.id"],
            name=op.f("fk_data_exchange__import_created_by_id_crm_user"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_exchange__import")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_data_exchange__import_created_by_id"),
        "data_exchange__import",
        ["created_by_id"],
        unique=False,
    )


def _make_mappings() -> None:
    op.create_table(
        "data_exchange__mapping",
        sa.Column("id", Id(), nullable=False),
        sa.Column("entity", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_folded", sa.String(length=120), nullable=False),
        sa.Column("headers", sa.String(length=64), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("created_by_id", Id(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["crm_user.id"],
            name=op.f("fk_data_exchange__mapping_created_by_id_crm_user"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_exchange__mapping")),
        sa.UniqueConstraint(
            "entity",
            "name_folded",
            name=op.f("uq_data_exchange__mapping_entity_name_folded"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_data_exchange__mapping_headers"),
        "data_exchange__mapping",
        ["headers"],
        unique=False,
    )


def _make_files() -> None:
    op.create_table(
        "data_exchange__file",
        sa.Column("id", Id(), nullable=False),
        sa.Column("import_id", Id(), nullable=False),
        sa.Column("lookup", sa.String(length=250), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["data_exchange__import.id"],
            name=op.f("fk_data_exchange__file_import_id_data_exchange__import"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_exchange__file")),
        sa.UniqueConstraint(
            "import_id", "lookup", name=op.f("uq_data_exchange__file_import_id_lookup")
        ),
        sqlite_autoincrement=True,
    )


def _make_rows() -> None:
    op.create_table(
        "data_exchange__import_row",
        sa.Column("id", Id(), nullable=False),
        sa.Column("import_id", Id(), nullable=False),
        sa.Column("row_index", Id(), nullable=False),
        sa.Column("line", Id(), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("record_id", Id(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["data_exchange__import.id"],
            name=op.f("fk_data_exchange__import_row_import_id_data_exchange__import"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_exchange__import_row")),
        sa.UniqueConstraint(
            "import_id",
            "row_index",
            name=op.f("uq_data_exchange__import_row_import_id_row_index"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_data_exchange__import_row_record",
        "data_exchange__import_row",
        ["record_id"],
        unique=False,
    )


def _make_kept() -> None:
    op.create_table(
        "data_exchange__kept",
        sa.Column("id", Id(), nullable=False),
        sa.Column("import_id", Id(), nullable=False),
        sa.Column("entity", sa.String(length=24), nullable=False),
        sa.Column("record_id", Id(), nullable=False),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["data_exchange__import.id"],
            name=op.f("fk_data_exchange__kept_import_id_data_exchange__import"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_exchange__kept")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Take the tables away."""
    op.drop_table("data_exchange__kept")
    op.drop_index(
        "ix_data_exchange__import_row_record", table_name="data_exchange__import_row"
    )
    op.drop_table("data_exchange__import_row")
    op.drop_table("data_exchange__file")
    op.drop_index(
        op.f("ix_data_exchange__mapping_headers"), table_name="data_exchange__mapping"
    )
    op.drop_table("data_exchange__mapping")
    op.drop_index(
        op.f("ix_data_exchange__import_created_by_id"),
        table_name="data_exchange__import",
    )
    op.drop_table("data_exchange__import")
