"""The first tables."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import Id, UtcDateTime

revision = "scoring_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_config()
    _make_counts()
    _make_models()


def _make_config() -> None:
    op.create_table(
        "scoring__config",
        sa.Column("id", Id(), nullable=False),
        sa.Column("version", Id(), nullable=False),
        sa.Column("choice", sa.String(length=24), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("variables", sa.JSON(), nullable=False),
        sa.Column("best", sa.String(length=24), nullable=True),
        sa.Column("trained_id", Id(), nullable=True),
        sa.Column("turn", Id(), nullable=False),
        sa.Column("rebuilt_at", UtcDateTime(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scoring__config")),
        sqlite_autoincrement=True,
    )


def _make_counts() -> None:
    op.create_table(
        "scoring__frequency",
        sa.Column("id", Id(), nullable=False),
        sa.Column("team_id", Id(), nullable=False),
        sa.Column("variable", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(length=120), nullable=False),
        sa.Column("won", Id(), nullable=False),
        sa.Column("lost", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scoring__frequency")),
        sa.UniqueConstraint(
            "team_id",
            "variable",
            "value",
            name=op.f("uq_scoring__frequency_team_id_variable_value"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "scoring__step",
        sa.Column("id", Id(), nullable=False),
        sa.Column("event_id", Id(), nullable=False),
        sa.Column("lead_id", Id(), nullable=False),
        sa.Column("deltas", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scoring__step")),
        sa.UniqueConstraint("event_id", name=op.f("uq_scoring__step_event_id")),
        sqlite_autoincrement=True,
    )


def _make_models() -> None:
    op.create_table(
        "scoring__trained",
        sa.Column("id", Id(), nullable=False),
        sa.Column("trained_at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("card", sa.JSON(), nullable=False),
        sa.Column("weights", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scoring__trained")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "scoring__opt_out",
        sa.Column("contact_id", Id(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_scoring__opt_out_contact_id_contact"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_scoring__opt_out")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Take the tables away."""
    for name in ("opt_out", "trained", "step", "frequency", "config"):
        op.drop_table(f"scoring__{name}")
