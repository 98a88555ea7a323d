"""Forms count what is refused because one computer sends too often."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import Id

revision = "web_forms_0002"
down_revision = "web_forms_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the count; until now there was none."""
    count: sa.Column[int] = sa.Column(
        "turned_away", Id(), nullable=False, server_default="0"
    )
    op.add_column("web_forms__form", count)
    with op.batch_alter_table("web_forms__form") as table:
        table.alter_column("turned_away", server_default=None)


def downgrade() -> None:
    """Take it away."""
    op.drop_column("web_forms__form", "turned_away")
