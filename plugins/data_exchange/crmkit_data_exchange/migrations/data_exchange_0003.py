"""A workbook is kept as long as another of its sheets may be chosen."""

import sqlalchemy as sa
from alembic import op

revision = "data_exchange_0003"
down_revision = "data_exchange_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the workbook; imports so far were of CSV files."""
    op.add_column(
        "data_exchange__file", sa.Column("original", sa.LargeBinary(), nullable=True)
    )
    imports = sa.table(
        "data_exchange__import",
        sa.column("id", sa.Integer),
        sa.column("shape", sa.JSON),
    )
    bind = op.get_bind()
    for import_id, shape in bind.execute(sa.select(imports)).all():
        dialect = {"is_converted": False, **shape["dialect"]}
        kept = {"kind": "csv", "sheet": None, "sheets": [], **shape, "dialect": dialect}
        bind.execute(
            sa.update(imports).where(imports.c.id == import_id).values(shape=kept)
        )
