"""Imports are run by jobs."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import Id

revision = "data_exchange_0002"
down_revision = "data_exchange_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the number of the job; jobs are forgotten, so nothing holds on to them."""
    op.add_column("data_exchange__import", sa.Column("job_id", Id(), nullable=True))
