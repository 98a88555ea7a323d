"""Currencies and exchange rates."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import types

revision = "core_0007"
down_revision = "core_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "currency",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Id(), nullable=False),
        sa.Column("code", sa.String(length=3), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("archived_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_currency")),
        sa.UniqueConstraint("code", name=op.f("uq_currency_code")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "exchange_rate",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Id(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("base", sa.String(length=3), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rate", types.Rate(), nullable=False),
        sa.Column("source", sa.String(length=24), nullable=False),
        sa.Column("entered_by_id", types.Id(), nullable=True),
        sa.Column("entered_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["currency"],
            ["currency.code"],
            name=op.f("fk_exchange_rate_currency_currency"),
        ),
        sa.ForeignKeyConstraint(
            ["entered_by_id"],
            ["crm_user.id"],
            name=op.f("fk_exchange_rate_entered_by_id_crm_user"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_rate")),
        sa.UniqueConstraint(
            "currency", "base", "day", name=op.f("uq_exchange_rate_currency_base_day")
        ),
        sqlite_autoincrement=True,
    )
