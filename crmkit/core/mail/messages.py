"""Messages: mail to and from the people of a record, on its timeline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from pydantic import Field
from sqlalchemy import delete, insert, select

from crmkit.core.db import keep_as_read
from crmkit.core.drafts import Draft, RecordId
from crmkit.core.errors import CrmError, NotFoundError, mark
from crmkit.core.events import Fact, record
from crmkit.core.leads import Lead, get_lead
from crmkit.core.mail.enclosures import MOST_FILES, check_enclosures
from crmkit.core.mail.table import (
    LONGEST_ID,
    LONGEST_SUBJECT,
    Message,
    MessageState,
    MessageVisibility,
    ShownMessage,
    is_open,
    show_message,
)
from crmkit.core.queue import Job, JobState
from crmkit.core.words import normalize_email
from crmkit.hooks import MessageContext, arrange_message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmkit.core.settings import Settings
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "MessageDraft",
    "ReceivedMail",
    "cancel_message",
    "get_message",
    "messages_of",
    "messages_with_id",
    "receive_message",
    "write_message",
]

MOST_RECIPIENTS = 50
LONGEST_TEXT = 200_000
MOST_REFERENCES = 50
SEND_MAIL = "send_mail"
TAKE_BACK_FOR = timedelta(seconds=10)
"""So long a mail waits before it goes, so that undo still holds it."""


class MessageDraft(Draft):
    """A mail to be sent; without `to` it goes to the lead's own address.

    `reply_to_id` is the message of the same record that it answers, `attachment_ids`
    are files of it that go along.
    """

    to: tuple[str, ...] = Field(default=(), max_length=MOST_RECIPIENTS)
    cc: tuple[str, ...] = Field(default=(), max_length=MOST_RECIPIENTS)
    subject: str = Field(min_length=1, max_length=LONGEST_SUBJECT)
    text: str = Field(min_length=1, max_length=100_000)
    reply_to_id: RecordId | None = None
    attachment_ids: tuple[RecordId, ...] = Field(default=(), max_length=MOST_FILES)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedMail:
    """A mail that came in, read and made safe; `html` is sanitised.

    `quoted` is what follows the words of the mail: what it answers, a signature.
    """

    from_name: str
    from_address: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    text: str
    html: str | None
    message_id: str
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    quoted: str = ""
    attachment_ids: tuple[int, ...] = ()
    is_automatic: bool = False
    visibility: MessageVisibility = MessageVisibility.WHOLE
    owner_id: int | None = None
    sent_at: datetime | None = None


class NoAddressError(CrmError):
    """A text that is no mail address."""

    def __init__(self, address: str, field: str) -> None:
        super().__init__(
            mark("“{address}” is no mail address."), field=field, address=address
        )


class NoRecipientError(CrmError):
    """Nobody to write to."""

    def __init__(self) -> None:
        super().__init__(
            mark("There is nobody to write to: this lead has no mail address."),
            field="to",
        )


class GoneError(CrmError):
    """The mail is on its way already."""

    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(mark("This mail has gone out already; nothing holds it back."))


def write_message(
    uow: UnitOfWork,
    lead: Lead,
    draft: MessageDraft,
    *,
    wait: timedelta = TAKE_BACK_FOR,
    is_automatic: bool = False,
) -> Message:
    """A new mail on `lead`'s timeline, sent by a job after `wait`; undo holds it.

    Raises NoAddressError, NoRecipientError, HeavyMailError, and NotFoundError for a
    message or file that is not of this lead.
    """
    to = _addresses(draft.to or tuple(filter(None, [lead.email])), "to")
    if not to:
        raise NoRecipientError
    name, address = sender_of(uow.settings, uow.actor.name, uow.actor.email)
    message = Message(
        entity=Lead.__tablename__,
        record_id=lead.id,
        direction="out",
        state=MessageState.QUEUED,
        visibility=MessageVisibility.WHOLE,
        owner_id=uow.actor.id,
        from_name=name,
        from_address=address,
        to=to,
        cc=_addresses(draft.cc, "cc"),
        reply_to=uow.actor.email,
        subject=one_line(draft.subject),
        text=draft.text,
        message_id=new_message_id(address),
        **_thread(uow, lead, draft.reply_to_id),
        attachment_ids=check_enclosures(uow, lead, draft.attachment_ids),
        is_automatic=is_automatic,
        created_at=uow.now(),
    )
    uow.session.add(message)
    uow.session.flush()
    _arrange(uow, message, lead)
    due_at = uow.now() + wait
    message.job_id = uow.enqueue(SEND_MAIL, due_at=due_at, message_id=message.id)
    uow.session.flush()
    record_message(uow, lead, "message.written", message)
    return message


def _arrange(uow: UnitOfWork, message: Message, lead: Lead) -> None:
    """Let the first plugin that answers say whom it is from and where answers go."""
    answers = uow.hooks.ask(arrange_message, MessageContext(uow, message, lead))
    arranged = next((one for one in answers if one is not None), None)
    if arranged is None:
        return
    if arranged.reply_to is not None:
        message.reply_to = arranged.reply_to
    if arranged.from_address is not None:
        message.from_address = arranged.from_address


def _thread(uow: UnitOfWork, lead: Lead, reply_to_id: int | None) -> dict[str, Any]:
    """The headers by which mail programs put an answer under its question."""
    if reply_to_id is None:
        return {"in_reply_to": None, "references": []}
    answered = get_message(uow, reply_to_id)
    if (answered.entity, answered.record_id) != (Lead.__tablename__, lead.id):
        raise NotFoundError("message", reply_to_id)
    before = [*answered.references, answered.message_id][-MOST_REFERENCES:]
    return {"in_reply_to": answered.message_id, "references": before}


def sender_of(settings: Settings, name: str, email: str | None) -> tuple[str, str]:
    """The name and address that a mail of somebody comes from."""
    address = settings.mail_from or normalize_email(email) or "crm@localhost"
    return name or settings.company, address


def new_message_id(address: str) -> str:
    """A Message-ID that nobody has, in the domain of the sender."""
    return f"<{uuid4().hex}@{address.rpartition('@')[2]}>"


def one_line(text: str) -> str:
    """`text` in one line, as headers hold it."""
    return " ".join(text.split())


def _addresses(typed: Sequence[str], field: str) -> list[str]:
    found = []
    for address in typed:
        if not address.strip():
            continue
        if normalize_email(address) is None:
            raise NoAddressError(address.strip(), field)
        found.append(address.strip())
    return list(dict.fromkeys(found))


def record_message(uow: UnitOfWork, lead: Lead, kind: str, message: Message) -> None:
    values = {"message_id": (None, message.id)}
    record(uow, [Fact(kind, "lead", lead.id, lead.version, values)])


def receive_message(uow: UnitOfWork, lead: Lead, mail: ReceivedMail) -> Message:
    """A mail that came in, now on `lead`'s timeline."""
    row = {
        "entity": Lead.__tablename__,
        "record_id": lead.id,
        "direction": "in",
        "state": MessageState.RECEIVED,
        "visibility": mail.visibility,
        "owner_id": mail.owner_id,
        "from_name": mail.from_name[:200],
        "from_address": mail.from_address[:320],
        "to": list(mail.to[:MOST_RECIPIENTS]),
        "cc": list(mail.cc[:MOST_RECIPIENTS]),
        "reply_to": None,
        "subject": one_line(mail.subject)[:LONGEST_SUBJECT],
        "text": mail.text[:LONGEST_TEXT],
        "quoted": mail.quoted[:LONGEST_TEXT] or None,
        "html": mail.html,
        "message_id": mail.message_id[:LONGEST_ID],
        "in_reply_to": mail.in_reply_to and mail.in_reply_to[:LONGEST_ID],
        "references": list(mail.references[-MOST_REFERENCES:]),
        "attachment_ids": list(mail.attachment_ids),
        "is_automatic": mail.is_automatic,
        "job_id": None,
        "template_id": None,
        "error": None,
        "created_at": uow.now(),
        "sent_at": mail.sent_at,
    }
    row["id"] = uow.run(_add, row).scalar_one()
    message = keep_as_read(uow, Message, row)
    record_message(uow, lead, "message.received", message)
    return message


_add = insert(Message).returning(Message.__table__.c.id)


def messages_of(
    uow: UnitOfWork, lead: Lead, *, before: int | None = None, limit: int = 50
) -> list[ShownMessage]:
    """The mails of `lead`, newest first, older than the message `before`."""
    query = select(Message).where(
        Message.entity == Lead.__tablename__, Message.record_id == lead.id
    )
    if before is not None:
        query = query.where(Message.id < before)
    rows = uow.session.scalars(query.order_by(Message.id.desc()).limit(limit))
    return [show_message(uow, message) for message in rows]


def messages_with_id(uow: UnitOfWork, ids: Sequence[str]) -> list[Message]:
    """The messages, of whatever record, that carry one of these Message-IDs."""
    if not ids:
        return []
    query = select(Message).where(Message.message_id.in_(ids)).order_by(Message.id)
    return list(uow.session.scalars(query))


def get_message(uow: UnitOfWork, message_id: int) -> Message:
    """The message of that id, if the actor may see its record and it is not private.

    One whose mailbox shows its subject alone is not given either.
    """
    found = uow.session.scalar(
        uow.locked(select(Message).where(Message.id == message_id))
    )
    if found is None or not is_open(uow, found.visibility, found.owner_id):
        raise NotFoundError("message", message_id)
    try:
        get_lead(uow, found.record_id)
    except NotFoundError:
        raise NotFoundError("message", message_id) from None
    return found


def cancel_message(uow: UnitOfWork, lead: Lead, message: Message) -> None:
    """Hold back a mail that waits to be sent; raise GoneError where it went."""
    if message.state is not MessageState.QUEUED:
        raise GoneError
    message.state = MessageState.CANCELLED
    uow.session.flush()
    job = None if message.job_id is None else uow.session.get(Job, message.job_id)
    if job is not None and job.state is JobState.WAITING:
        job.state, job.finished_at = JobState.CANCELLED, uow.now()
        job.cancel_asked_at = uow.now()
    record_message(uow, lead, "message.cancelled", message)


def undo_message(
    uow: UnitOfWork, lead: Lead, values: Mapping[str, Sequence[Any]]
) -> bool:
    """Hold back the mail that an event wrote; False where it has gone out."""
    query = select(Message).where(Message.id == values["message_id"][1])
    message = uow.session.scalar(uow.locked(query))
    if message is None or message.state is not MessageState.QUEUED:
        return False
    cancel_message(uow, lead, message)
    return True


def drop_messages(uow: UnitOfWork, entity: str, ids: Sequence[int]) -> None:
    """Forget all mails of records that are purged."""
    uow.session.execute(
        delete(Message)
        .where(Message.entity == entity, Message.record_id.in_(ids))
        .execution_options(synchronize_session=False)
    )
