"""Workers that were heard of, the request of a job, where a wrong password came from."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import types

revision = "core_0013"
down_revision = "core_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is new."""
    op.create_table(
        "worker",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("started_at", types.UtcDateTime(), nullable=False),
        sa.Column("seen_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker")),
        sa.UniqueConstraint("name", name=op.f("uq_worker_name")),
        sqlite_autoincrement=True,
    )
    op.add_column("job", sa.Column("request_id", sa.String(length=64), nullable=True))
    op.add_column(
        "sign_in_failure", sa.Column("host", sa.String(length=64), nullable=True)
    )
    op.create_index(
        op.f("ix_sign_in_failure_host"), "sign_in_failure", ["host"], unique=False
    )
