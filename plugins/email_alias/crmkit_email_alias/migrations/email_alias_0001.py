"""The first tables."""

import sqlalchemy as sa
from alembic import op

from crmkit.core import Id, UtcDateTime

revision = "email_alias_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_addresses()
    _make_mailboxes()
    _make_mails()
    _make_reply_addresses()


def _id() -> sa.Column[int]:
    return sa.Column("id", Id(), nullable=False)


def _reference(table: str, column: str, to: str, on_delete: str) -> sa.Constraint:
    name = op.f(f"fk_email_alias__{table}_{column}_{to}")
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=name, ondelete=on_delete
    )


def _make_addresses() -> None:
    op.create_table(
        "email_alias__address",
        _id(),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("team_id", Id(), nullable=True),
        sa.Column("owner_id", Id(), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        _reference("address", "team_id", "team", "SET NULL"),
        _reference("address", "owner_id", "crm_user", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_alias__address")),
        sa.UniqueConstraint("name", name=op.f("uq_email_alias__address_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_email_alias__address_team_id"), "email_alias__address", ["team_id"]
    )


def _make_mailboxes() -> None:
    op.create_table(
        "email_alias__mailbox",
        _id(),
        sa.Column("host", sa.String(length=250), nullable=False),
        sa.Column("port", Id(), nullable=False),
        sa.Column("security", sa.String(length=24), nullable=False),
        sa.Column("user", sa.String(length=250), nullable=False),
        sa.Column("password", sa.String(length=2000), nullable=False),
        sa.Column("folder", sa.String(length=250), nullable=False),
        sa.Column("team_id", Id(), nullable=True),
        sa.Column("owner_id", Id(), nullable=True),
        sa.Column("visibility", sa.String(length=24), nullable=False),
        sa.Column("uid_validity", Id(), nullable=True),
        sa.Column("last_uid", Id(), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=True),
        sa.Column("problem", sa.String(length=500), nullable=False),
        _reference("mailbox", "team_id", "team", "SET NULL"),
        _reference("mailbox", "owner_id", "crm_user", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_alias__mailbox")),
        sqlite_autoincrement=True,
    )


def _make_mails() -> None:
    table = "email_alias__raw_mail"
    op.create_table(
        table,
        _id(),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("blob_id", Id(), nullable=False),
        sa.Column("message_id", sa.String(length=500), nullable=True),
        sa.Column("source", sa.String(length=24), nullable=False),
        sa.Column("mailbox_id", Id(), nullable=True),
        sa.Column("envelope_to", sa.JSON(), nullable=False),
        sa.Column("from_address", sa.String(length=320), nullable=False),
        sa.Column("subject", sa.String(length=250), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=True),
        sa.Column("reason", sa.String(length=24), nullable=True),
        sa.Column("detail", sa.String(length=500), nullable=False),
        sa.Column("lead_id", Id(), nullable=True),
        sa.Column("entry_id", Id(), nullable=True),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("processed_at", UtcDateTime(), nullable=True),
        _reference("raw_mail", "blob_id", "blob", "RESTRICT"),
        _reference("raw_mail", "mailbox_id", "email_alias__mailbox", "SET NULL"),
        _reference("raw_mail", "lead_id", "lead", "SET NULL"),
        _reference("raw_mail", "entry_id", "message", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_alias__raw_mail")),
        sa.UniqueConstraint("sha256", name=op.f("uq_email_alias__raw_mail_sha256")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_email_alias__raw_mail_state", table, ["state", "id"])
    op.create_index(
        "ix_email_alias__raw_mail_sender", table, ["from_address", "received_at"]
    )
    for column in ("blob_id", "message_id", "mailbox_id", "lead_id", "entry_id"):
        op.create_index(op.f(f"ix_email_alias__raw_mail_{column}"), table, [column])


def _make_reply_addresses() -> None:
    op.create_table(
        "email_alias__reply_address",
        _id(),
        sa.Column("lead_id", Id(), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=False),
        _reference("reply_address", "lead_id", "lead", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_alias__reply_address")),
        sa.UniqueConstraint(
            "lead_id", name=op.f("uq_email_alias__reply_address_lead_id")
        ),
        sa.UniqueConstraint("token", name=op.f("uq_email_alias__reply_address_token")),
        sqlite_autoincrement=True,
    )
