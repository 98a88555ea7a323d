"""Processing: each mail ends as a lead, as an answer on one, or with a reason."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.exc import OperationalError

from crmkit.core import (
    Blob,
    BouncedAddress,
    Contact,
    CrmError,
    Lead,
    LeadDraft,
    LeadKind,
    Message,
    MessageVisibility,
    ReceivedMail,
    User,
    attach_file,
    bounce_message,
    clean_html,
    create_lead,
    follow_lead,
    forget_bounces,
    mark,
    messages_with_id,
    normalize_email,
    receive_message,
    settings_of,
    text_of_html,
)
from crmkit_email_alias.addresses import address_for, is_own, lead_behind
from crmkit_email_alias.arriving import bytes_of, get_mail
from crmkit_email_alias.folding import fold_reply
from crmkit_email_alias.judging import Nature, failed_recipient, nature_of
from crmkit_email_alias.reading import read_mail
from crmkit_email_alias.settings import MailRules
from crmkit_email_alias.tables import Mailbox, MailState, RawMail

if TYPE_CHECKING:
    from sqlalchemy import Row

    from crmkit.core import UnitOfWork
    from crmkit.jobs import JobRun
    from crmkit_email_alias.reading import ReadMail

LEAD, REPLY, REFUSED = "lead", "reply", "refused"
DOUBLE, FLOOD, OWN, BROKEN = "double", "flood", "own", "broken"
NO_SUBJECT = mark("No subject")
MOST_FILES = 50
TRIES = 3
STRIDE = 10
"""After so many mails the job says how far it is."""
REASONS = {
    Nature.BOUNCE: mark("A mail came back."),
    Nature.FEEDBACK: mark("A report about mail that somebody took for spam."),
    Nature.RECEIPT: mark("A receipt that a mail was read."),
    Nature.AUTO_REPLY: mark("An automatic answer, such as one from a holiday."),
    Nature.LIST: mark("A mailing list or a mass mailing."),
    Nature.LOOP: mark("It went through too many servers: it goes round in circles."),
    DOUBLE: mark("The same mail came before."),
    FLOOD: mark("Too many mails of one sender in a short time."),
    OWN: mark("It comes from crmkit itself."),
    BROKEN: mark("It could not be read."),
}
"""Why a mail became nothing, as people read it."""


class UnreadError(Exception):
    """A mail could not be read; what was done about it is to be taken back."""

    def __init__(self, mail_id: int) -> None:
        super().__init__(mail_id)
        self.mail_id = mail_id


def read_mails(job: JobRun) -> None:
    """Read all mails that wait, one after the other, each in a unit of its own.

    One that raises is failed, with what was said, and holds up no other.
    """
    done = int(job.checkpoint.get("read", 0))
    while not job.is_over:
        try:
            with job.work() as uow:
                _read_next(job, uow, done)
        except UnreadError as unread:
            error = unread.__cause__ or unread
            if isinstance(error, OperationalError) and job.job.attempts < TRIES:
                # A database that is away, or busy, is none the mail can help.
                raise
            with job.work() as uow:
                fail_mail(uow, get_mail(uow, unread.mail_id), error)
        done += 1


def _read_next(job: JobRun, uow: UnitOfWork, done: int) -> None:
    # Several workers read side by side: none waits for a mail that another has.
    found = uow.session.execute(_waiting).first()
    if found is None:
        job.finish(uow, {"read": done})
        return
    # Its blob comes along, so that nobody asks for it again.
    mail, _blob = found
    try:
        process_mail(uow, mail)
    except Exception as error:
        raise UnreadError(mail.id) from error
    if done % STRIDE == 0:
        job.save(uow, {"read": done}, done=done)


_waiting = (
    select(RawMail, Blob)
    .join(Blob, Blob.id == RawMail.blob_id)
    .where(RawMail.state == MailState.RECEIVED)
    .order_by(RawMail.id)
    .limit(1)
    .with_for_update(of=RawMail, skip_locked=True)
)


def process_mail(uow: UnitOfWork, mail: RawMail) -> None:
    """Make of a kept mail what it is."""
    read = read_mail(bytes_of(uow, mail))
    end = _judge(uow, mail, read)
    mail.from_address = normalize_email(read.from_address) or ""
    mail.subject = read.subject[:250]
    mail.state = end.state
    mail.outcome, mail.reason, mail.detail = end.outcome, end.reason, end.detail
    mail.lead_id, mail.entry_id = end.lead_id, end.entry_id
    mail.processed_at = uow.now()
    uow.session.flush()


def fail_mail(uow: UnitOfWork, mail: RawMail, error: BaseException) -> None:
    """Keep a mail that raised as failed, with what was said."""
    mail.state, mail.outcome, mail.reason = MailState.FAILED, REFUSED, BROKEN
    said = str(error) if isinstance(error, CrmError) else repr(error)
    mail.detail = " ".join(said.split())[:500]
    mail.processed_at = uow.now()
    uow.session.flush()


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What a mail comes to: a lead, an answer, or a reason why not."""

    state: MailState = MailState.REFUSED
    outcome: str = REFUSED
    reason: str | None = None
    detail: str = ""
    lead_id: int | None = None
    entry_id: int | None = None


def _judge(uow: UnitOfWork, raw: RawMail, mail: ReadMail) -> End:
    nature = nature_of(mail)
    if nature is Nature.BOUNCE:
        return _note_bounce(uow, mail)
    if nature is not Nature.PERSONAL:
        return End(reason=nature)
    ids = [mail.message_id, mail.in_reply_to, *reversed(mail.references)]
    recipients = [*raw.envelope_to, *mail.recipients]
    known = _look_up(uow, raw, mail, [one for one in ids if one], recipients)
    if known.first_id is not None:
        first = uow.session.get_one(RawMail, known.first_id)
        return End(reason=DOUBLE, lead_id=first.lead_id, entry_id=first.entry_id)
    found = messages_with_id(uow, list(filter(None, ids))) if known.is_threaded else []
    ours = [one for one in found if one.message_id == mail.message_id]
    if is_own(uow, mail.from_address) or any(one.direction == "out" for one in ours):
        return End(reason=OWN)
    if known.lately >= settings_of(uow, MailRules).most_of_one:
        return End(reason=FLOOD)
    answered = [one for one in found if one.message_id in ids[1:]]
    answered.sort(key=lambda one: ids.index(one.message_id, 1))
    return _accept(uow, raw, mail, known, answered)


def _look_up(
    uow: UnitOfWork,
    raw: RawMail,
    mail: ReadMail,
    ids: list[str],
    recipients: list[str],
) -> Row[Any]:
    """What is known of a mail and its sender, asked for at once."""
    minutes = settings_of(uow, MailRules).minutes
    asked = {
        "mail_id": raw.id,
        "of_id": raw.message_id,
        "sender": normalize_email(mail.from_address) or "",
        "since": uow.now() - timedelta(minutes=minutes),
        "ids": ids,
        "addresses": _normal(recipients),
    }
    return uow.run(_known, asked).one()


_working = select(User.id).where(
    User.email.in_(bindparam("addresses", expanding=True)), User.disabled_at.is_(None)
)
_became = (RawMail.from_address == bindparam("sender")) & (
    RawMail.state == MailState.PROCESSED
)
_same = (RawMail.message_id == bindparam("of_id")) & (
    RawMail.id != bindparam("mail_id")
)
_person = (
    select(Contact.id)
    .where(Contact.email_normalized == bindparam("sender"))
    .where(Contact.deleted_at.is_(None))
)
_known = select(
    select(func.min(RawMail.id))
    .where(_became, _same)
    .scalar_subquery()
    .label("first_id"),
    select(func.count(RawMail.id))
    .where(_became, RawMail.received_at > bindparam("since"))
    .scalar_subquery()
    .label("lately"),
    _person.order_by(Contact.id).limit(1).scalar_subquery().label("contact_id"),
    exists().where(BouncedAddress.address == bindparam("sender")).label("is_bounced"),
    exists()
    .where(Message.message_id.in_(bindparam("ids", expanding=True)))
    .label("is_threaded"),
    exists(_working).label("has_colleagues"),
)


def _accept(
    uow: UnitOfWork,
    raw: RawMail,
    mail: ReadMail,
    known: Row[Any],
    answered: list[Message],
) -> End:
    recipients = [*raw.envelope_to, *mail.recipients]
    lead = _answered(uow, mail, answered, recipients)
    outcome = REPLY if lead is not None else LEAD
    if lead is None:
        lead = _new_lead(uow, raw, mail, known.contact_id)
    message = receive_message(uow, lead, _received(uow, raw, mail, lead))
    if known.is_bounced:
        forget_bounces(uow, mail.from_address)
    if known.has_colleagues:
        _follow(uow, lead, recipients)
    state = MailState.PROCESSED
    return End(state=state, outcome=outcome, lead_id=lead.id, entry_id=message.id)


def _answered(
    uow: UnitOfWork, mail: ReadMail, answered: list[Message], recipients: list[str]
) -> Lead | None:
    """The lead that a mail answers; subjects say nothing about that.

    Whoever was written to about a lead knows the Message-IDs of it, but so may others:
    by these only its people post, that is who wrote or was written to before, its
    contact, and colleagues. What stands in the reply address nobody guesses.
    """
    for message in answered:
        lead = _open_lead(uow, message.record_id)
        if lead is not None and _takes_part(uow, lead, mail.from_address):
            return lead
    lead_id = lead_behind(uow, recipients)
    return None if lead_id is None else _open_lead(uow, lead_id)


def _open_lead(uow: UnitOfWork, lead_id: int) -> Lead | None:
    """That lead, or the one it was merged into; None where it is deleted."""
    lead = uow.session.get(Lead, lead_id)
    while lead is not None and lead.merged_into_id is not None:
        lead = uow.session.get(Lead, lead.merged_into_id)
    return None if lead is None or lead.deleted_at is not None else lead


def _takes_part(uow: UnitOfWork, lead: Lead, address: str) -> bool:
    sender = normalize_email(address)
    if sender is None:
        return False
    if sender == lead.email_normalized:
        return True
    query = select(Message.from_address, Message.to, Message.cc).where(
        Message.entity == Lead.__tablename__, Message.record_id == lead.id
    )
    for author, to, cc in uow.session.execute(query):
        if sender in {normalize_email(one) for one in (author, *to, *cc)}:
            return True
    contact = select(Contact.id).where(
        Contact.id == lead.contact_id, Contact.email_normalized == sender
    )
    return uow.session.scalar(contact) is not None or bool(_colleagues(uow, [sender]))


def _colleagues(uow: UnitOfWork, addresses: list[str]) -> list[int]:
    return list(uow.run(_working, {"addresses": _normal(addresses)}).scalars())


def _normal(addresses: list[str]) -> list[str]:
    return sorted({normal for one in addresses if (normal := normalize_email(one))})


def _new_lead(
    uow: UnitOfWork, raw: RawMail, mail: ReadMail, contact_id: int | None
) -> Lead:
    address = address_for(uow, [*raw.envelope_to, *mail.recipients])
    box = None if raw.mailbox_id is None else uow.session.get(Mailbox, raw.mailbox_id)
    place = address or box
    contact = None if contact_id is None else uow.session.get_one(Contact, contact_id)
    name = mail.from_name[:250] or None
    draft = LeadDraft(
        name=mail.subject[:250] or NO_SUBJECT,
        kind=address.kind if address is not None else LeadKind.OPPORTUNITY,
        team_id=place.team_id if place is not None else None,
        owner_id=place.owner_id if place is not None else None,
        email=mail.from_address[:320] or None,
        contact_id=contact.id if contact is not None else None,
        contact_name=name or (contact.name if contact is not None else None),
    )
    return create_lead(uow, draft)


def _received(
    uow: UnitOfWork, raw: RawMail, mail: ReadMail, lead: Lead
) -> ReceivedMail:
    text, quoted = fold_reply(mail.text or text_of_html(mail.html))
    box = None if raw.mailbox_id is None else uow.session.get(Mailbox, raw.mailbox_id)
    visibility = box.visibility if box is not None else MessageVisibility.WHOLE
    return ReceivedMail(
        from_name=mail.from_name,
        from_address=mail.from_address,
        to=mail.to,
        cc=mail.cc,
        subject=mail.subject,
        text=text,
        quoted=quoted,
        html=clean_html(mail.html) if mail.html else None,
        message_id=mail.message_id,
        in_reply_to=mail.in_reply_to,
        references=mail.references,
        attachment_ids=_attach(uow, lead, mail, visibility),
        visibility=visibility,
        owner_id=box.owner_id if box is not None else None,
        sent_at=mail.sent_at,
    )


def _attach(
    uow: UnitOfWork, lead: Lead, mail: ReadMail, visibility: MessageVisibility
) -> tuple[int, ...]:
    """The files of a mail as files of its lead; those that may not be kept are not.

    Everybody who sees a lead sees its files: those of a narrower mailbox stay in the
    mail alone.
    """
    if visibility is not MessageVisibility.WHOLE:
        return ()
    kept = []
    for file in mail.enclosures[:MOST_FILES]:
        with suppress(CrmError), uow.session.begin_nested():
            kept.append(attach_file(uow, lead, BytesIO(file.data), file.name).id)
    return tuple(kept)


def _follow(uow: UnitOfWork, lead: Lead, recipients: list[str]) -> None:
    if not settings_of(uow, MailRules).follow_copied:
        return
    for user_id in _colleagues(uow, recipients):
        with suppress(CrmError):
            follow_lead(uow, lead, user_id)


def _note_bounce(uow: UnitOfWork, mail: ReadMail) -> End:
    """Mark the mail that came back, if it went out from here, and its address."""
    failed = failed_recipient(mail)
    if failed is None:
        return End(reason=Nature.BOUNCE)
    address, why, is_final = failed
    detail = f"{address}: {why}"[:500]
    ours = messages_with_id(uow, [*mail.returned_ids, *mail.references])
    message = next((one for one in ours if one.direction == "out"), None)
    lead = None if message is None else _open_lead(uow, message.record_id)
    if message is None or lead is None:
        return End(reason=Nature.BOUNCE, detail=detail)
    # Nobody marks an address by a report about a mail that did not go there.
    told = {normalize_email(one) for one in (*message.to, *message.cc)}
    if is_final and normalize_email(address) in told:
        bounce_message(uow, lead, message, address, why)
    return End(
        reason=Nature.BOUNCE, detail=detail, lead_id=lead.id, entry_id=message.id
    )
