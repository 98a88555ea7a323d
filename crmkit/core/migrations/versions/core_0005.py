"""jobs."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import types

revision = "core_0005"
down_revision = "core_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "job",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("plugin_id", sa.String(length=24), nullable=True),
        sa.Column("actor_id", types.Id(), nullable=True),
        sa.Column("change_id", sa.String(length=32), nullable=False),
        sa.Column("undoes", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("done", types.Id(), nullable=False),
        sa.Column("total", types.Id(), nullable=True),
        sa.Column("checkpoint", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("attempts", types.Id(), nullable=False),
        sa.Column("due_at", types.UtcDateTime(), nullable=False),
        sa.Column("lease_until", types.UtcDateTime(), nullable=True),
        sa.Column("worker", sa.String(length=120), nullable=True),
        sa.Column("cancel_asked_at", types.UtcDateTime(), nullable=True),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("trace", sa.Text(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("started_at", types.UtcDateTime(), nullable=True),
        sa.Column("finished_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["crm_user.id"], name=op.f("fk_job_actor_id_crm_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sqlite_autoincrement=True,
    )
    _index("ix_job_due", ["due_at", "id"], "state = 'waiting'")
    _index("ix_job_lease", ["lease_until"], "state = 'running'")
    keyed = "state = 'waiting' AND started_at IS NULL AND key IS NOT NULL"
    _index("uq_job_key", ["name", "key"], keyed, unique=True)
    op.create_index("ix_job_actor", "job", ["actor_id", "id"])
    op.create_index("ix_job_state", "job", ["state", "id"])
    op.create_table(
        "schedule",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("rhythm", sa.String(length=40), nullable=False),
        sa.Column("next_due_at", types.UtcDateTime(), nullable=False),
        sa.Column("last_job_id", types.Id(), nullable=True),
        sa.ForeignKeyConstraint(
            ["last_job_id"],
            ["job.id"],
            name=op.f("fk_schedule_last_job_id_job"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
        sa.UniqueConstraint("name", name=op.f("uq_schedule_name")),
        sqlite_autoincrement=True,
    )


def _index(name: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    text = sa.text(where)
    op.create_index(
        name,
        "job",
        columns,
        unique=unique,
        sqlite_where=text,
        postgresql_where=text,
    )
