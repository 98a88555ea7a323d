"""The first tables."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import types

revision = "core_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "campaign",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Id(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_folded", sa.String(length=120), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("archived_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("name_folded", name=op.f("uq_campaign_name_folded")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "crm_user",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Id(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_folded", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("locale", sa.String(length=8), nullable=True),
        sa.Column("theme", sa.String(length=8), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("disabled_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_user")),
        sa.UniqueConstraint("email", name=op.f("uq_crm_user_email")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_crm_user_name_folded"), "crm_user", ["name_folded"], unique=False
    )
    op.create_table(
        "lost_reason",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Id(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_folded", sa.String(length=120), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("archived_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lost_reason")),
        sa.UniqueConstraint("name_folded", name=op.f("uq_lost_reason_name_folded")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "medium",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Id(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_folded", sa.String(length=120), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("archived_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_medium")),
        sa.UniqueConstraint("name_folded", name=op.f("uq_medium_name_folded")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "plugin_switch",
        sa.Column("plugin_id", sa.String(length=24), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("changed_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("plugin_id", name=op.f("pk_plugin_switch")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sign_in_failure",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failure")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_sign_in_failure_email"), "sign_in_failure", ["email"], unique=False
    )
    op.create_table(
        "source",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Id(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_folded", sa.String(length=120), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("archived_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("name_folded", name=op.f("uq_source_name_folded")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "tag",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Id(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_folded", sa.String(length=120), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("archived_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
        sa.UniqueConstraint("name_folded", name=op.f("uq_tag_name_folded")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "access_token",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", types.Id(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["crm_user.id"],
            name=op.f("fk_access_token_user_id_crm_user"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_token")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_access_token_key_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_access_token_user_id"), "access_token", ["user_id"], unique=False
    )
    op.create_table(
        "contact",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Id(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.Column("name_folded", sa.String(length=250), nullable=False),
        sa.Column("company_id", types.Id(), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("email_normalized", sa.String(length=320), nullable=True),
        sa.Column("phone", sa.String(length=64), nullable=True),
        sa.Column("phone_e164", sa.String(length=24), nullable=True),
        sa.Column("website", sa.String(length=500), nullable=True),
        sa.Column("vat", sa.String(length=32), nullable=True),
        sa.Column("street", sa.String(length=500), nullable=True),
        sa.Column("street2", sa.String(length=250), nullable=True),
        sa.Column("zip", sa.String(length=24), nullable=True),
        sa.Column("city", sa.String(length=120), nullable=True),
        sa.Column("state", sa.String(length=120), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("industry", sa.String(length=250), nullable=True),
        sa.Column("employees", sa.String(length=64), nullable=True),
        sa.Column("owner_id", types.Id(), nullable=True),
        sa.Column("created_by_id", types.Id(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("deleted_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["contact.id"],
            name=op.f("fk_contact_company_id_contact"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["crm_user.id"],
            name=op.f("fk_contact_created_by_id_crm_user"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["crm_user.id"], name=op.f("fk_contact_owner_id_crm_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_contact_company_id"), "contact", ["company_id"], unique=False
    )
    op.create_index(
        op.f("ix_contact_email_normalized"),
        "contact",
        ["email_normalized"],
        unique=False,
    )
    op.create_index("ix_contact_name", "contact", ["name_folded", "id"], unique=False)
    op.create_index(op.f("ix_contact_owner_id"), "contact", ["owner_id"], unique=False)
    op.create_index(
        op.f("ix_contact_phone_e164"), "contact", ["phone_e164"], unique=False
    )
    op.create_table(
        "event",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("actor_id", types.Id(), nullable=True),
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("entity", sa.String(length=24), nullable=False),
        sa.Column("record_id", types.Id(), nullable=False),
        sa.Column("version", types.Id(), nullable=False),
        sa.Column("change_id", sa.String(length=32), nullable=False),
        sa.Column("undoes", sa.String(length=32), nullable=True),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["crm_user.id"], name=op.f("fk_event_actor_id_crm_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_change", "event", ["change_id", "id"], unique=False)
    op.create_index(
        "ix_event_record", "event", ["entity", "record_id", "id"], unique=False
    )
    op.create_table(
        "sign_in",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", types.Id(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["crm_user.id"],
            name=op.f("fk_sign_in_user_id_crm_user"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_sign_in_key_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_sign_in_user_id"), "sign_in", ["user_id"], unique=False)
    op.create_table(
        "team",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Id(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_folded", sa.String(length=120), nullable=False),
        sa.Column("leader_id", types.Id(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("archived_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["leader_id"], ["crm_user.id"], name=op.f("fk_team_leader_id_crm_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("name_folded", name=op.f("uq_team_name_folded")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "timeline_entry",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Id(), nullable=False),
        sa.Column("entity", sa.String(length=24), nullable=False),
        sa.Column("record_id", types.Id(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", types.Id(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["crm_user.id"],
            name=op.f("fk_timeline_entry_author_id_crm_user"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timeline_entry")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_timeline_entry_record",
        "timeline_entry",
        ["entity", "record_id"],
        unique=False,
    )
    op.create_table(
        "member",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("team_id", types.Id(), nullable=False),
        sa.Column("user_id", types.Id(), nullable=False),
        sa.Column("capacity", types.Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"],
            ["team.id"],
            name=op.f("fk_member_team_id_team"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["crm_user.id"],
            name=op.f("fk_member_user_id_crm_user"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint(
            "team_id", "user_id", name=op.f("uq_member_team_id_user_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_member_user_id"), "member", ["user_id"], unique=False)
    op.create_table(
        "stage",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Id(), nullable=False),
        sa.Column("position", types.Id(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_folded", sa.String(length=120), nullable=False),
        sa.Column("team_id", types.Id(), nullable=True),
        sa.Column("probability", types.Percent(), nullable=False),
        sa.Column("is_won", sa.Boolean(), nullable=False),
        sa.Column("requires_lost_reason", sa.Boolean(), nullable=False),
        sa.Column("rotting_days", types.Id(), nullable=True),
        sa.Column("guidance", sa.String(length=500), nullable=False),
        sa.Column("is_folded", sa.Boolean(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("archived_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_stage_team_id_team")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_stage_name_folded"), "stage", ["name_folded"], unique=False
    )
    op.create_table(
        "lead",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Id(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.Column("name_folded", sa.String(length=250), nullable=False),
        sa.Column("contact_id", types.Id(), nullable=True),
        sa.Column("contact_name", sa.String(length=250), nullable=True),
        sa.Column("contact_folded", sa.String(length=250), nullable=True),
        sa.Column("company_name", sa.String(length=250), nullable=True),
        sa.Column("company_folded", sa.String(length=250), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("email_normalized", sa.String(length=320), nullable=True),
        sa.Column("phone", sa.String(length=64), nullable=True),
        sa.Column("phone_e164", sa.String(length=24), nullable=True),
        sa.Column("website", sa.String(length=500), nullable=True),
        sa.Column("street", sa.String(length=500), nullable=True),
        sa.Column("street2", sa.String(length=250), nullable=True),
        sa.Column("zip", sa.String(length=24), nullable=True),
        sa.Column("city", sa.String(length=120), nullable=True),
        sa.Column("state", sa.String(length=120), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("stage_id", types.Id(), nullable=False),
        sa.Column("team_id", types.Id(), nullable=True),
        sa.Column("owner_id", types.Id(), nullable=True),
        sa.Column("created_by_id", types.Id(), nullable=True),
        sa.Column("priority", types.Id(), nullable=False),
        sa.Column("source_id", types.Id(), nullable=True),
        sa.Column("medium_id", types.Id(), nullable=True),
        sa.Column("campaign_id", types.Id(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("expected_revenue", types.Money(), nullable=False),
        sa.Column("base_revenue", types.Money(), nullable=True),
        sa.Column("probability", types.Percent(), nullable=False),
        sa.Column("probability_is_manual", sa.Boolean(), nullable=False),
        sa.Column("automatic_probability", types.Percent(), nullable=False),
        sa.Column("weighted_revenue", types.Money(), nullable=False),
        sa.Column("base_weighted", types.Money(), nullable=True),
        sa.Column("expected_close", sa.Date(), nullable=True),
        sa.Column("lost_reason_id", types.Id(), nullable=True),
        sa.Column("lost_note", sa.String(length=2000), nullable=True),
        sa.Column("next_activity_id", types.Id(), nullable=True),
        sa.Column("next_activity_at", types.UtcDateTime(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("stage_entered_at", types.UtcDateTime(), nullable=False),
        sa.Column("assigned_at", types.UtcDateTime(), nullable=True),
        sa.Column("qualified_at", types.UtcDateTime(), nullable=True),
        sa.Column("closed_at", types.UtcDateTime(), nullable=True),
        sa.Column("archived_at", types.UtcDateTime(), nullable=True),
        sa.Column("deleted_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_lead_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_lead_contact_id_contact"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["crm_user.id"],
            name=op.f("fk_lead_created_by_id_crm_user"),
        ),
        sa.ForeignKeyConstraint(
            ["lost_reason_id"],
            ["lost_reason.id"],
            name=op.f("fk_lead_lost_reason_id_lost_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["medium_id"], ["medium.id"], name=op.f("fk_lead_medium_id_medium")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["crm_user.id"], name=op.f("fk_lead_owner_id_crm_user")
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_lead_source_id_source")
        ),
        sa.ForeignKeyConstraint(
            ["stage_id"], ["stage.id"], name=op.f("fk_lead_stage_id_stage")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_lead_team_id_team")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_lead_board",
        "lead",
        ["stage_id", "next_activity_at", "id"],
        unique=False,
        sqlite_where=sa.text(
            "deleted_at IS NULL AND archived_at IS NULL AND kind = 'opportunity' AND status != 'lost'"
        ),
        postgresql_where=sa.text(
            "deleted_at IS NULL AND archived_at IS NULL AND kind = 'opportunity' AND status != 'lost'"
        ),
    )
    op.create_index(
        "ix_lead_board_closed",
        "lead",
        ["stage_id", "closed_at", "id"],
        unique=False,
        sqlite_where=sa.text(
            "deleted_at IS NULL AND archived_at IS NULL AND kind = 'opportunity' AND status != 'lost'"
        ),
        postgresql_where=sa.text(
            "deleted_at IS NULL AND archived_at IS NULL AND kind = 'opportunity' AND status != 'lost'"
        ),
    )
    op.create_index(
        "ix_lead_board_sums",
        "lead",
        [
            "stage_id",
            "currency",
            "next_activity_at",
            "base_revenue",
            "base_weighted",
            "expected_revenue",
            "weighted_revenue",
            "team_id",
            "owner_id",
            "closed_at",
            "deleted_at",
            "archived_at",
            "kind",
            "status",
        ],
        unique=False,
        sqlite_where=sa.text(
            "deleted_at IS NULL AND archived_at IS NULL AND kind = 'opportunity' AND status != 'lost'"
        ),
        postgresql_where=sa.text(
            "deleted_at IS NULL AND archived_at IS NULL AND kind = 'opportunity' AND status != 'lost'"
        ),
    )
    op.create_index(
        "ix_lead_close",
        "lead",
        ["expected_close", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(op.f("ix_lead_contact_id"), "lead", ["contact_id"], unique=False)
    op.create_index(
        "ix_lead_created",
        "lead",
        ["created_at", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        op.f("ix_lead_email_normalized"), "lead", ["email_normalized"], unique=False
    )
    op.create_index(
        "ix_lead_name",
        "lead",
        ["name_folded", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(op.f("ix_lead_owner_id"), "lead", ["owner_id"], unique=False)
    op.create_index(op.f("ix_lead_phone_e164"), "lead", ["phone_e164"], unique=False)
    op.create_index(
        "ix_lead_revenue",
        "lead",
        ["expected_revenue", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(op.f("ix_lead_team_id"), "lead", ["team_id"], unique=False)
    op.create_table(
        "activity",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("version", types.Id(), nullable=False),
        sa.Column("lead_id", types.Id(), nullable=False),
        sa.Column("type", sa.String(length=24), nullable=False),
        sa.Column("summary", sa.String(length=250), nullable=False),
        sa.Column("note", sa.String(length=10000), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_at", types.UtcDateTime(), nullable=True),
        sa.Column("due_from", types.UtcDateTime(), nullable=False),
        sa.Column("owner_id", types.Id(), nullable=True),
        sa.Column("created_by_id", types.Id(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("done_at", types.UtcDateTime(), nullable=True),
        sa.Column("feedback", sa.String(length=10000), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["crm_user.id"],
            name=op.f("fk_activity_created_by_id_crm_user"),
        ),
        sa.ForeignKeyConstraint(
            ["lead_id"],
            ["lead.id"],
            name=op.f("fk_activity_lead_id_lead"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["crm_user.id"], name=op.f("fk_activity_owner_id_crm_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_activity_lead", "activity", ["lead_id", "done_at", "due_from"], unique=False
    )
    op.create_index(
        op.f("ix_activity_owner_id"), "activity", ["owner_id"], unique=False
    )
    op.create_table(
        "lead_past",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("lead_id", types.Id(), nullable=False),
        sa.Column("from_at", types.UtcDateTime(), nullable=False),
        sa.Column("to_at", types.UtcDateTime(), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("stage_id", types.Id(), nullable=False),
        sa.Column("team_id", types.Id(), nullable=True),
        sa.Column("owner_id", types.Id(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("expected_revenue", types.Money(), nullable=False),
        sa.Column("base_revenue", types.Money(), nullable=True),
        sa.Column("base_weighted", types.Money(), nullable=True),
        sa.Column("probability", types.Percent(), nullable=False),
        sa.Column("expected_close", sa.Date(), nullable=True),
        sa.Column("is_archived", sa.Boolean(), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lead_id"],
            ["lead.id"],
            name=op.f("fk_lead_past_lead_id_lead"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_past")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_lead_past_lead", "lead_past", ["lead_id", "to_at"], unique=False
    )
    op.create_table(
        "lead_tag",
        sa.Column("lead_id", types.Id(), nullable=False),
        sa.Column("tag_id", types.Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lead_id"],
            ["lead.id"],
            name=op.f("fk_lead_tag_lead_id_lead"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"],
            ["tag.id"],
            name=op.f("fk_lead_tag_tag_id_tag"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("lead_id", "tag_id", name=op.f("pk_lead_tag")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_lead_tag_tag_id"), "lead_tag", ["tag_id"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index(op.f("ix_lead_tag_tag_id"), table_name="lead_tag")
    op.drop_table("lead_tag")
    op.drop_index("ix_lead_past_lead", table_name="lead_past")
    op.drop_table("lead_past")
    op.drop_index(op.f("ix_activity_owner_id"), table_name="activity")
    op.drop_index("ix_activity_lead", table_name="activity")
    op.drop_table("activity")
    op.drop_index(op.f("ix_lead_team_id"), table_name="lead")
    op.drop_index(
        "ix_lead_revenue",
        table_name="lead",
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.drop_index(op.f("ix_lead_phone_e164"), table_name="lead")
    op.drop_index(op.f("ix_lead_owner_id"), table_name="lead")
    op.drop_index(
        "ix_lead_name",
        table_name="lead",
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.drop_index(op.f("ix_lead_email_normalized"), table_name="lead")
    op.drop_index(
        "ix_lead_created",
        table_name="lead",
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.drop_index(op.f("ix_lead_contact_id"), table_name="lead")
    op.drop_index(
        "ix_lead_close",
        table_name="lead",
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.drop_index(
        "ix_lead_board_sums",
        table_name="lead",
        sqlite_where=sa.text(
            "deleted_at IS NULL AND archived_at IS NULL AND kind = 'opportunity' AND status != 'lost'"
        ),
        postgresql_where=sa.text(
            "deleted_at IS NULL AND archived_at IS NULL AND kind = 'opportunity' AND status != 'lost'"
        ),
    )
    op.drop_index(
        "ix_lead_board_closed",
        table_name="lead",
        sqlite_where=sa.text(
            "deleted_at IS NULL AND archived_at IS NULL AND kind = 'opportunity' AND status != 'lost'"
        ),
        postgresql_where=sa.text(
            "deleted_at IS NULL AND archived_at IS NULL AND kind = 'opportunity' AND status != 'lost'"
        ),
    )
    op.drop_index(
        "ix_lead_board",
        table_name="lead",
        sqlite_where=sa.text(
            "deleted_at IS NULL AND archived_at IS NULL AND kind = 'opportunity' AND status != 'lost'"
        ),
        postgresql_where=sa.text(
            "deleted_at IS NULL AND archived_at IS NULL AND kind = 'opportunity' AND status != 'lost'"
        ),
    )
    op.drop_table("lead")
    op.drop_index(op.f("ix_stage_name_folded"), table_name="stage")
    op.drop_table("stage")
    op.drop_index(op.f("ix_member_user_id"), table_name="member")
    op.drop_table("member")
    op.drop_index("ix_timeline_entry_record", table_name="timeline_entry")
    op.drop_table("timeline_entry")
    op.drop_table("team")
    op.drop_index(op.f("ix_sign_in_user_id"), table_name="sign_in")
    op.drop_table("sign_in")
    op.drop_index("ix_event_record", table_name="event")
    op.drop_index("ix_event_change", table_name="event")
    op.drop_table("event")
    op.drop_index(op.f("ix_contact_phone_e164"), table_name="contact")
    op.drop_index(op.f("ix_contact_owner_id"), table_name="contact")
    op.drop_index("ix_contact_name", table_name="contact")
    op.drop_index(op.f("ix_contact_email_normalized"), table_name="contact")
    op.drop_index(op.f("ix_contact_company_id"), table_name="contact")
    op.drop_table("contact")
    op.drop_index(op.f("ix_access_token_user_id"), table_name="access_token")
    op.drop_table("access_token")
    op.drop_table("tag")
    op.drop_table("source")
    op.drop_index(op.f("ix_sign_in_failure_email"), table_name="sign_in_failure")
    op.drop_table("sign_in_failure")
    op.drop_table("plugin_switch")
    op.drop_table("medium")
    op.drop_table("lost_reason")
    op.drop_index(op.f("ix_crm_user_name_folded"), table_name="crm_user")
    op.drop_table("crm_user")
    op.drop_table("campaign")
