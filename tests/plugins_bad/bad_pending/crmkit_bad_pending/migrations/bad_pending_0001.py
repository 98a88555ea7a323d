import sqlalchemy as sa
from alembic import op

revision = "bad_pending_0001"
down_revision = None


def upgrade():
    op.create_table("bad_pending__note", sa.Column("id", sa.Integer, primary_key=True))
