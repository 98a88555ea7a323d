"""The plugin's tables: addresses, mailboxes, mails as they came, reply addresses."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (the mapping reads it)
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core import (
    Blob,
    Lead,
    LeadKind,
    Message,
    MessageVisibility,
    Team,
    User,
    choice,
    plugin_base,
    references,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase

    Base = DeclarativeBase
else:
    Base = plugin_base("email_alias")


class Security(StrEnum):
    """How a mailbox's connection is encrypted."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class MailState(StrEnum):
    """How far a mail is: it waits, came to an end, or could not be read."""

    RECEIVED = "received"
    PROCESSED = "processed"
    REFUSED = "refused"
    FAILED = "failed"


class Address(Base):
    """An address of a team; mails to it become leads of that team and owner."""

    __tablename__ = "email_alias__address"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    team_id: Mapped[int | None] = mapped_column(
        references(Team.id, on_delete="SET NULL"), index=True
    )
    owner_id: Mapped[int | None] = mapped_column(
        references(User.id, on_delete="SET NULL")
    )
    kind: Mapped[LeadKind] = mapped_column(choice(LeadKind))


class Mailbox(Base):
    """A folder on a mail server from which mails are fetched; `password` is sealed.

    `last_uid` is the newest that was fetched, as long as `uid_validity` stays the same.
    """

    __tablename__ = "email_alias__mailbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(String(250))
    port: Mapped[int]
    security: Mapped[Security] = mapped_column(choice(Security))
    user: Mapped[str] = mapped_column(String(250))
    password: Mapped[str] = mapped_column(String(2000))
    folder: Mapped[str] = mapped_column(String(250))
    team_id: Mapped[int | None] = mapped_column(
        references(Team.id, on_delete="SET NULL")
    )
    owner_id: Mapped[int | None] = mapped_column(
        references(User.id, on_delete="SET NULL")
    )
    visibility: Mapped[MessageVisibility] = mapped_column(choice(MessageVisibility))
    uid_validity: Mapped[int | None]
    last_uid: Mapped[int]
    checked_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(String(500))


class RawMail(Base):
    """A mail as it came: its bytes are a blob. `outcome` is lead, reply or refused.

    `reason` names why it is refused or failed, `detail` what was said about it.
    """

    __tablename__ = "email_alias__raw_mail"
    __table_args__ = (
        Index("ix_email_alias__raw_mail_state", "state", "id"),
        Index("ix_email_alias__raw_mail_sender", "from_address", "received_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    blob_id: Mapped[int] = mapped_column(
        references(Blob.id, on_delete="RESTRICT"), index=True
    )
    message_id: Mapped[str | None] = mapped_column(String(500), index=True)
    source: Mapped[str] = mapped_column(String(24))
    mailbox_id: Mapped[int | None] = mapped_column(
        ForeignKey("email_alias__mailbox.id", ondelete="SET NULL"), index=True
    )
    envelope_to: Mapped[list[str]] = mapped_column(JSON)
    from_address: Mapped[str] = mapped_column(String(320))
    subject: Mapped[str] = mapped_column(String(250))
    state: Mapped[MailState] = mapped_column(choice(MailState))
    outcome: Mapped[str | None] = mapped_column(String(24))
    reason: Mapped[str | None] = mapped_column(String(24))
    detail: Mapped[str] = mapped_column(String(500))
    lead_id: Mapped[int | None] = mapped_column(
        references(Lead.id, on_delete="SET NULL"), index=True
    )
    entry_id: Mapped[int | None] = mapped_column(
        references(Message.id, on_delete="SET NULL"), index=True
    )
    received_at: Mapped[datetime]
    processed_at: Mapped[datetime | None]


class ReplyAddress(Base):
    """What stands behind the plus in the address to which answers about a lead go."""

    __tablename__ = "email_alias__reply_address"

    id: Mapped[int] = mapped_column(primary_key=True)
    lead_id: Mapped[int] = mapped_column(references(Lead.id), unique=True)
    token: Mapped[str] = mapped_column(String(32), unique=True)
    used_at: Mapped[datetime]
