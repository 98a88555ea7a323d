"""Notifications of leads that were given to somebody."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import types

revision = "core_0027"
down_revision = "core_0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A notification need not be about a note, and stands for all of a change."""
    with op.batch_alter_table(
        "notification", table_kwargs={"sqlite_autoincrement": True}
    ) as table:
        table.alter_column("entry_id", existing_type=types.Id(), nullable=True)
        table.add_column(sa.Column("change_id", sa.String(length=32), nullable=True))
        table.add_column(
            sa.Column("more", types.Id(), nullable=False, server_default="0")
        )
