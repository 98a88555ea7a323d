import sqlalchemy as sa
from alembic import op

revision = "bad_leaving_0001"
down_revision = None


def upgrade():
    op.create_table("bad_leaving__note", sa.Column("id", sa.Integer, primary_key=True))
