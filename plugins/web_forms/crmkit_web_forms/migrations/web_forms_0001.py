"""The first tables."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import Id, UtcDateTime

revision = "web_forms_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_forms()
    _make_consents()
    _make_answers()
    _make_files()


def _make_forms() -> None:
    op.create_table(
        "web_forms__form",
        sa.Column("id", Id(), nullable=False),
        sa.Column("version", Id(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("consent_version", Id(), nullable=False),
        sa.Column("team_id", Id(), nullable=True),
        sa.Column("owner_id", Id(), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("source", sa.String(length=120), nullable=True),
        sa.Column("medium", sa.String(length=120), nullable=True),
        sa.Column("campaign", sa.String(length=120), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("redirect", sa.String(length=500), nullable=True),
        sa.Column("frame_hosts", sa.JSON(), nullable=False),
        sa.Column("most_files", Id(), nullable=False),
        sa.Column("file_megabytes", Id(), nullable=False),
        sa.Column("least_seconds", Id(), nullable=False),
        sa.Column("per_hour", Id(), nullable=False),
        sa.Column("has_trap", sa.Boolean(), nullable=False),
        sa.Column("needs_proof", sa.Boolean(), nullable=False),
        sa.Column("mail_template_id", Id(), nullable=True),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["crm_user.id"],
            name=op.f("fk_web_forms__form_owner_id_crm_user"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["team_id"],
            ["team.id"],
            name=op.f("fk_web_forms__form_team_id_team"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_forms__form")),
        sa.UniqueConstraint("slug", name=op.f("uq_web_forms__form_slug")),
        sqlite_autoincrement=True,
    )


def _make_consents() -> None:
    op.create_table(
        "web_forms__consent",
        sa.Column("id", Id(), nullable=False),
        sa.Column("form_id", Id(), nullable=False),
        sa.Column("version", Id(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["form_id"],
            ["web_forms__form.id"],
            name=op.f("fk_web_forms__consent_form_id_web_forms__form"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_forms__consent")),
        sa.UniqueConstraint(
            "form_id", "version", name=op.f("uq_web_forms__consent_form_id_version")
        ),
        sqlite_autoincrement=True,
    )


def _make_answers() -> None:
    op.create_table(
        "web_forms__answer",
        sa.Column("id", Id(), nullable=False),
        sa.Column("form_id", Id(), nullable=False),
        sa.Column("form_version", Id(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("way", sa.String(length=24), nullable=False),
        sa.Column("origin", sa.JSON(), nullable=False),
        sa.Column("consent_id", Id(), nullable=True),
        sa.Column("address_hash", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("trace", sa.Text(), nullable=True),
        sa.Column("repeats", Id(), nullable=False),
        sa.Column("same_as_id", Id(), nullable=True),
        sa.Column("lead_id", Id(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("processed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["consent_id"],
            ["web_forms__consent.id"],
            name=op.f("fk_web_forms__answer_consent_id_web_forms__consent"),
        ),
        sa.ForeignKeyConstraint(
            ["form_id"],
            ["web_forms__form.id"],
            name=op.f("fk_web_forms__answer_form_id_web_forms__form"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["lead_id"],
            ["lead.id"],
            name=op.f("fk_web_forms__answer_lead_id_lead"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["same_as_id"],
            ["web_forms__answer.id"],
            name=op.f("fk_web_forms__answer_same_as_id_web_forms__answer"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_forms__answer")),
        sa.UniqueConstraint(
            "form_id", "key", name=op.f("uq_web_forms__answer_form_id_key")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_web_forms__answer_address",
        "web_forms__answer",
        ["form_id", "address_hash", "created_at"],
        unique=False,
    )
    op.create_index(
        "ix_web_forms__answer_form",
        "web_forms__answer",
        ["form_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_web_forms__answer_lead_id"),
        "web_forms__answer",
        ["lead_id"],
        unique=False,
    )


def _make_files() -> None:
    op.create_table(
        "web_forms__answer_file",
        sa.Column("id", Id(), nullable=False),
        sa.Column("answer_id", Id(), nullable=False),
        sa.Column("blob_id", Id(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"],
            ["web_forms__answer.id"],
            name=op.f("fk_web_forms__answer_file_answer_id_web_forms__answer"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["blob_id"],
            ["blob.id"],
            name=op.f("fk_web_forms__answer_file_blob_id_blob"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_forms__answer_file")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_web_forms__answer_file_answer_id"),
        "web_forms__answer_file",
        ["answer_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_web_forms__answer_file_blob_id"),
        "web_forms__answer_file",
        ["blob_id"],
        unique=False,
    )


def downgrade() -> None:
    """Take the tables away."""
    for name in ("answer_file", "answer", "consent", "form"):
        op.drop_table(f"web_forms__{name}")
