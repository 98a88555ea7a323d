"""Letters: messages as they go over the wire."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from typing import TYPE_CHECKING

from sqlalchemy import select

from crmkit.core.leads import Lead
from crmkit.core.mail.enclosures import enclosures_of
from crmkit.core.mail.messages import (
    new_message_id,
    one_line,
    record_message,
    sender_of,
)
from crmkit.core.mail.table import Message, MessageState

if TYPE_CHECKING:
    from crmkit.core.errors import CrmError
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "Letter",
    "begin_sending",
    "letter_to_try",
    "note_sent",
    "note_unsent",
]


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail ready for a server: from whom, for whom, and all of it."""

    sender: str
    recipients: tuple[str, ...]
    content: EmailMessage


def begin_sending(uow: UnitOfWork, message_id: int) -> Letter | None:
    """The letter of a message that is to go out, which nobody holds back from now on.

    None where it was held back, or has gone. One that a worker had in hand when it
    died is given again: under the same Message-ID, by which programs know a double.
    """
    message = uow.session.scalar(
        uow.locked(select(Message).where(Message.id == message_id))
    )
    if message is None or message.state not in {
        MessageState.QUEUED,
        MessageState.SENDING,
    }:
        return None
    message.state = MessageState.SENDING
    uow.session.flush()
    return letter_of(uow, message)


def letter_of(uow: UnitOfWork, message: Message) -> Letter:
    """A message as it goes over the wire."""
    content = EmailMessage(policy=SMTP)
    content["From"] = formataddr((message.from_name, message.from_address))
    content["To"] = ", ".join(message.to)
    if message.cc:
        content["Cc"] = ", ".join(message.cc)
    if message.reply_to and message.reply_to != message.from_address:
        content["Reply-To"] = message.reply_to
    content["Subject"] = one_line(message.subject)
    content["Date"] = format_datetime(message.created_at)
    content["Message-ID"] = message.message_id
    if message.in_reply_to:
        content["In-Reply-To"] = message.in_reply_to
        content["References"] = " ".join(message.references)
    if message.is_automatic:
        content["Auto-Submitted"] = "auto-generated"
    content.set_content(message.text)
    for file in enclosures_of(uow, message):
        kind, _, subtype = file.media_type.partition("/")
        if kind in {"message", "multipart"}:
            # Of these a mail takes no bytes, only other mails.
            kind, subtype = "application", "octet-stream"
        content.add_attachment(file.data, kind, subtype, filename=file.name)
    recipients = tuple(dict.fromkeys([*message.to, *message.cc]))
    return Letter(message.from_address, recipients, content)


def letter_to_try(uow: UnitOfWork, subject: str, text: str) -> Letter:
    """A letter to the actor himself, by which he sees that mail goes out."""
    name, address = sender_of(uow.settings, uow.settings.company, uow.actor.email)
    to = uow.actor.email or address
    content = EmailMessage(policy=SMTP)
    content["From"] = formataddr((name, address))
    content["To"] = to
    content["Subject"] = one_line(subject)
    content["Date"] = format_datetime(uow.now())
    content["Message-ID"] = new_message_id(address)
    content["Auto-Submitted"] = "auto-generated"
    content.set_content(text)
    return Letter(address, (to,), content)


def note_sent(uow: UnitOfWork, message_id: int) -> None:
    """Write down that a message has gone out."""
    message = uow.session.get_one(Message, message_id)
    message.state, message.sent_at, message.error = MessageState.SENT, uow.now(), None
    uow.session.flush()


def note_unsent(
    uow: UnitOfWork, message_id: int, error: CrmError, *, is_final: bool
) -> None:
    """Write down why a message did not go; unless it is final, it is tried again."""
    message = uow.session.get_one(Message, message_id)
    parts = {name: str(value) for name, value in error.parts.items()}
    message.error = {"sentence": error.sentence, "parts": parts}
    message.state = MessageState.FAILED if is_final else MessageState.QUEUED
    uow.session.flush()
    lead = uow.session.get(Lead, message.record_id)
    if is_final and lead is not None:
        record_message(uow, lead, "message.failed", message)
