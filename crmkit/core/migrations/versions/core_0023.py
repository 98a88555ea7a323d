"""Templates of mails, and the one that a stage sends."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import types

revision = "core_0023"
down_revision = "core_0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and name templates in stages and messages."""
    op.create_table(
        "mail_template",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Id(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("archived_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_template")),
        sqlite_autoincrement=True,
    )
    op.add_column("stage", sa.Column("mail_template_id", types.Id(), nullable=True))
    op.add_column("message", sa.Column("template_id", types.Id(), nullable=True))
