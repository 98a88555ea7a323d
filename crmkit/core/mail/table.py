"""The table of messages, and how much of one its reader sees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base
from crmkit.core.types import choice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "Message",
    "MessageState",
    "MessageVisibility",
    "ShownMessage",
    "show_message",
]

LONGEST_SUBJECT = 250
LONGEST_ID = 500
_JSON = JSON(none_as_null=True)


class MessageState(StrEnum):
    """How a message stands; `sending` is one that a worker has in hand."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"
    CANCELLED = "cancelled"
    RECEIVED = "received"


class MessageVisibility(StrEnum):
    """What others than its owner see of a message: all, its subject, or that it is."""

    WHOLE = "whole"
    SUBJECT = "subject"
    PRIVATE = "private"


class Message(Base):
    """One mail: `direction` is `out` or `in`. `message_id` is made before it is sent.

    `quoted` is what follows its words: the mail that it answers, a signature. `html`
    was sanitised when it came. `error` holds a sentence and its parts. Who is
    not `owner_id` sees of it what `visibility` says.
    """

    __tablename__ = "message"
    __table_args__ = (Index("ix_message_record", "entity", "record_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(String(24))
    record_id: Mapped[int]
    direction: Mapped[str] = mapped_column(String(3))
    state: Mapped[MessageState] = mapped_column(choice(MessageState))
    visibility: Mapped[MessageVisibility] = mapped_column(choice(MessageVisibility))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("crm_user.id"))
    from_name: Mapped[str] = mapped_column(String(200))
    from_address: Mapped[str] = mapped_column(String(320))
    to: Mapped[list[str]] = mapped_column(JSON)
    cc: Mapped[list[str]] = mapped_column(JSON)
    reply_to: Mapped[str | None] = mapped_column(String(320))
    subject: Mapped[str] = mapped_column(String(LONGEST_SUBJECT))
    text: Mapped[str] = mapped_column(Text)
    quoted: Mapped[str | None] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    message_id: Mapped[str] = mapped_column(String(LONGEST_ID), index=True)
    in_reply_to: Mapped[str | None] = mapped_column(String(LONGEST_ID))
    references: Mapped[list[str]] = mapped_column(JSON)
    attachment_ids: Mapped[list[int]] = mapped_column(JSON)
    is_automatic: Mapped[bool]
    job_id: Mapped[int | None]
    template_id: Mapped[int | None]
    error: Mapped[dict[str, Any] | None] = mapped_column(_JSON)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message as the actor may see it: what it keeps from him is empty."""

    id: int
    direction: str
    state: MessageState
    visibility: MessageVisibility
    from_name: str
    from_address: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    text: str
    quoted: str
    has_html: bool
    attachment_ids: tuple[int, ...]
    error: Mapping[str, Any] | None
    created_at: datetime
    sent_at: datetime | None

    def error_text(self, translate: Callable[[str], str]) -> str:
        """Why it did not go, in the language of `translate`; empty where it did."""
        if self.error is None:
            return ""
        return translate(str(self.error["sentence"])).format(**self.error["parts"])


def is_open(
    uow: UnitOfWork, visibility: MessageVisibility, owner_id: int | None
) -> bool:
    is_mine = owner_id is not None and owner_id == uow.actor.id
    return visibility is MessageVisibility.WHOLE or is_mine or uow.actor.id is None


def show_message(uow: UnitOfWork, row: Any) -> ShownMessage:
    """A message, or a row with its columns, as the actor may see it."""
    sees_all = is_open(uow, row.visibility, row.owner_id)
    has_subject = sees_all or row.visibility is MessageVisibility.SUBJECT
    has_html = row.html is not None if isinstance(row, Message) else bool(row.has_html)
    return ShownMessage(
        id=row.id,
        direction=row.direction,
        state=row.state,
        visibility=row.visibility,
        from_name=row.from_name,
        from_address=row.from_address,
        to=tuple(row.to) if sees_all else (),
        cc=tuple(row.cc) if sees_all else (),
        subject=row.subject if has_subject else "",
        text=row.text if sees_all else "",
        quoted=(row.quoted or "") if sees_all else "",
        has_html=sees_all and has_html,
        attachment_ids=tuple(row.attachment_ids) if sees_all else (),
        error=row.error,
        created_at=row.created_at,
        sent_at=row.sent_at,
    )
