"""Stages of several teams."""

import sqlalchemy as sa
from alembic import op

revision = "core_0032"
down_revision = "core_0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A stage of one team becomes one of a list with this team in it."""
    shared = sa.text("'[]'")
    column = sa.Column("team_ids", sa.Text(), nullable=False, server_default=shared)
    op.add_column("stage", column)
    op.execute(
        "UPDATE stage SET team_ids = '[' || team_id || ']' WHERE team_id IS NOT NULL"
    )
    with op.batch_alter_table(
        "stage", table_kwargs={"sqlite_autoincrement": True}
    ) as table:
        table.drop_constraint("fk_stage_team_id_team", type_="foreignkey")
        table.drop_column("team_id")
