"""The first table."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import Id

revision = "duplicates_0001"
down_revision = None
branch_labels = None
depends_on = None

_AFTER_AT = {
    "sqlite": "substr(email_normalized, instr(email_normalized, '@') + 1)",
    "postgresql": "split_part(email_normalized, '@', 2)",
}


def upgrade() -> None:
    """Make the table, and note the domains of the leads that are there."""
    op.create_table(
        "duplicates__domain",
        sa.Column("lead_id", Id(), nullable=False),
        sa.Column("domain", sa.String(length=320), nullable=False),
        sa.ForeignKeyConstraint(
            ["lead_id"],
            ["lead.id"],
            name=op.f("fk_duplicates__domain_lead_id_lead"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("lead_id", name=op.f("pk_duplicates__domain")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_duplicates__domain_domain"), "duplicates__domain", ["domain"]
    )
    domain = _AFTER_AT[op.get_bind().dialect.name]
    op.execute(
        "INSERT INTO duplicates__domain (lead_id, domain) "  # noqa: S608  (ours)
        f"SELECT id, {domain} FROM lead WHERE email_normalized IS NOT NULL"
    )


def downgrade() -> None:
    """Take the table away."""
    op.drop_table("duplicates__domain")
