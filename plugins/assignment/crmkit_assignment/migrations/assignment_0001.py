"""The first tables."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import Id, UtcDateTime

revision = "assignment_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and the one row of options."""
    _make_rules()
    _make_options()
    _make_runs()
    _make_lines()


def _id() -> sa.Column[int]:
    return sa.Column("id", Id(), nullable=False)


def _reference(table: str, column: str, to: str, on_delete: str) -> sa.Constraint:
    name = op.f(f"fk_assignment__{table}_{column}_{to}")
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=name, ondelete=on_delete
    )


def _make_rules() -> None:
    op.create_table(
        "assignment__team_rule",
        _id(),
        sa.Column("team_id", Id(), nullable=False),
        sa.Column("filter", sa.String(length=4000), nullable=False),
        sa.Column("is_out", sa.Boolean(), nullable=False),
        _reference("team_rule", "team_id", "team", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment__team_rule")),
        sa.UniqueConstraint("team_id", name=op.f("uq_assignment__team_rule_team_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "assignment__member_rule",
        _id(),
        sa.Column("team_id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("filter", sa.String(length=4000), nullable=False),
        sa.Column("preferred", sa.String(length=4000), nullable=False),
        sa.Column("is_out", sa.Boolean(), nullable=False),
        sa.Column("daily", Id(), nullable=True),
        sa.Column("weekdays", sa.JSON(), nullable=False),
        sa.Column("absences", sa.JSON(), nullable=False),
        _reference("member_rule", "team_id", "team", "CASCADE"),
        _reference("member_rule", "user_id", "crm_user", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment__member_rule")),
        sa.UniqueConstraint(
            "team_id",
            "user_id",
            name=op.f("uq_assignment__member_rule_team_id_user_id"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_assignment__member_rule_user_id"),
        "assignment__member_rule",
        ["user_id"],
        unique=False,
    )


def _make_options() -> None:
    table = op.create_table(
        "assignment__options",
        _id(),
        sa.Column("is_scheduled", sa.Boolean(), nullable=False),
        sa.Column("on_arrival", sa.Boolean(), nullable=False),
        sa.Column("same_company", sa.Boolean(), nullable=False),
        sa.Column("min_age_hours", Id(), nullable=False),
        sa.Column("max_age_days", Id(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment__options")),
        sqlite_autoincrement=True,
    )
    row = {
        "is_scheduled": False,
        "on_arrival": False,
        "same_company": True,
        "min_age_hours": 0,
        "max_age_days": 0,
    }
    op.bulk_insert(table, [row])


def _make_runs() -> None:
    op.create_table(
        "assignment__run",
        _id(),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("is_dry", sa.Boolean(), nullable=False),
        sa.Column("is_forced", sa.Boolean(), nullable=False),
        sa.Column("seed", Id(), nullable=False),
        sa.Column("team_id", Id(), nullable=True),
        sa.Column("job_id", Id(), nullable=True),
        sa.Column("change_id", sa.String(length=32), nullable=False),
        sa.Column("leads", Id(), nullable=False),
        sa.Column("given", Id(), nullable=False),
        sa.Column("applied", Id(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("created_by_id", Id(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("applied_at", UtcDateTime(), nullable=True),
        _reference("run", "created_by_id", "crm_user", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment__run")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_assignment__run_created_by_id"),
        "assignment__run",
        ["created_by_id"],
        unique=False,
    )


def _make_lines() -> None:
    op.create_table(
        "assignment__run_line",
        _id(),
        sa.Column("run_id", Id(), nullable=False),
        sa.Column("lead_id", Id(), nullable=False),
        sa.Column("version", Id(), nullable=False),
        sa.Column("team_id", Id(), nullable=True),
        sa.Column("owner_id", Id(), nullable=True),
        sa.Column("why", sa.String(length=24), nullable=False),
        sa.Column("detail", sa.String(length=500), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        _reference("run_line", "run_id", "assignment__run", "CASCADE"),
        _reference("run_line", "lead_id", "lead", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment__run_line")),
        sa.UniqueConstraint(
            "run_id", "lead_id", name=op.f("uq_assignment__run_line_run_id_lead_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_assignment__run_line_run",
        "assignment__run_line",
        ["run_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_assignment__run_line_lead_id"),
        "assignment__run_line",
        ["lead_id"],
        unique=False,
    )


def downgrade() -> None:
    """Take the tables away."""
    for name in ("run_line", "run", "options", "member_rule", "team_rule"):
        op.drop_table(f"assignment__{name}")
