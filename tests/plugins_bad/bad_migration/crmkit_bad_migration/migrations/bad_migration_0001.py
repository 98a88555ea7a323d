import sqlalchemy as sa
from alembic import op

revision = "bad_migration_0001"
down_revision = None


def upgrade():
    op.create_table(
        "bad_migration__note", sa.Column("id", sa.Integer, primary_key=True)
    )
    message = "half-way"
    raise ValueError(message)
