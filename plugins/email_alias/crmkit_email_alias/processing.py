"""Processing: each mail ends as a lead, as an answer on one, or with a reason."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from crmkit.core import (
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
from crmkit_email_alias.arriving import bytes_of
from crmkit_email_alias.folding import fold_reply
from crmkit_email_alias.judging import Nature, failed_recipient, nature_of
from crmkit_email_alias.reading import read_mail
from crmkit_email_alias.settings import MailRules
from crmkit_email_alias.tables import Mailbox, MailState, RawMail

if TYPE_CHECKING:
    from crmkit.core import UnitOfWork
    from crmkit.jobs import JobRun
    from crmkit_email_alias.reading import ReadMail

LEAD, REPLY, REFUSED = "lead", "reply", "refused"
DOUBLE, FLOOD, OWN, BROKEN = "double", "flood", "own", "broken"
NO_SUBJECT = mark("No subject")
MOST_FILES = 50
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


def read_mails(job: JobRun) -> None:
    """Read all mails that wait, one after the other, each in a unit of its own."""
    done = int(job.checkpoint.get("read", 0))
    while True:
        with job.work() as uow:
            mail = _next(uow)
            if mail is None:
                job.finish(uow, {"read": done})
                return
            process_mail(uow, mail)
            done += 1
            job.save(uow, {"read": done}, done=done)


def _next(uow: UnitOfWork) -> RawMail | None:
    query = select(RawMail).where(RawMail.state == MailState.RECEIVED)
    # Several workers read side by side: none waits for a mail that another has.
    free = query.order_by(RawMail.id).limit(1).with_for_update(skip_locked=True)
    return uow.session.scalar(free)


def process_mail(uow: UnitOfWork, mail: RawMail) -> None:
    """Make of a kept mail what it is; one that raises is failed, with what was said."""
    try:
        with uow.session.begin_nested():
            _process(uow, mail)
    except Exception as error:  # noqa: BLE001  (whatever it is, the mail says it)
        uow.session.refresh(mail)
        mail.state, mail.outcome, mail.reason = MailState.FAILED, REFUSED, BROKEN
        said = str(error) if isinstance(error, CrmError) else repr(error)
        mail.detail = " ".join(said.split())[:500]
    mail.processed_at = uow.now()
    uow.session.flush()


def _process(uow: UnitOfWork, raw: RawMail) -> None:
    mail = read_mail(bytes_of(uow, raw))
    raw.from_address = normalize_email(mail.from_address) or ""
    raw.subject = mail.subject[:250]
    nature = nature_of(mail)
    if nature is Nature.BOUNCE:
        _note_bounce(uow, raw, mail)
    if nature is not Nature.PERSONAL:
        _refuse(raw, nature)
    elif (first := _first_of(uow, raw)) is not None:
        _refuse(raw, DOUBLE)
        raw.lead_id, raw.entry_id = first.lead_id, first.entry_id
    elif is_own(uow, mail.from_address) or _is_ours(uow, mail):
        _refuse(raw, OWN)
    elif _is_flood(uow, raw):
        _refuse(raw, FLOOD)
    else:
        _accept(uow, raw, mail)


def _refuse(raw: RawMail, reason: str) -> None:
    raw.state, raw.outcome, raw.reason = MailState.REFUSED, REFUSED, reason


def _first_of(uow: UnitOfWork, raw: RawMail) -> RawMail | None:
    """The mail of the same Message-ID that became something before."""
    if raw.message_id is None:
        return None
    query = select(RawMail).where(
        RawMail.message_id == raw.message_id,
        RawMail.id != raw.id,
        RawMail.from_address == raw.from_address,
        RawMail.state == MailState.PROCESSED,
    )
    return uow.session.scalar(query.order_by(RawMail.id).limit(1))


def _is_ours(uow: UnitOfWork, mail: ReadMail) -> bool:
    """Whether it is a mail that went out from here."""
    if not mail.message_id:
        return False
    same = messages_with_id(uow, [mail.message_id])
    return any(message.direction == "out" for message in same)


def _is_flood(uow: UnitOfWork, raw: RawMail) -> bool:
    rules = settings_of(uow, MailRules)
    since = uow.now() - timedelta(minutes=rules.minutes)
    query = select(func.count()).where(
        RawMail.from_address == raw.from_address,
        RawMail.received_at > since,
        RawMail.state == MailState.PROCESSED,
    )
    return (uow.session.scalar(query) or 0) >= rules.most_of_one


def _accept(uow: UnitOfWork, raw: RawMail, mail: ReadMail) -> None:
    recipients = [*raw.envelope_to, *mail.recipients]
    lead = _answered(uow, mail, recipients)
    raw.outcome = REPLY if lead is not None else LEAD
    if lead is None:
        lead = _new_lead(uow, raw, mail, recipients)
    message = receive_message(uow, lead, _received(uow, raw, mail, lead))
    forget_bounces(uow, mail.from_address)
    _follow(uow, lead, recipients)
    raw.state, raw.reason = MailState.PROCESSED, None
    raw.lead_id, raw.entry_id = lead.id, message.id


def _answered(uow: UnitOfWork, mail: ReadMail, recipients: list[str]) -> Lead | None:
    """The lead that a mail answers; subjects say nothing about that.

    Whoever was written to about a lead knows the Message-IDs of it, but so may others:
    by these only its people post, that is who wrote or was written to before, its
    contact, and colleagues. What stands in the reply address nobody guesses.
    """
    ids = [*filter(None, [mail.in_reply_to]), *reversed(mail.references)]
    found = messages_with_id(uow, ids)
    for message in sorted(found, key=lambda one: ids.index(one.message_id)):
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
    wanted = {normal for one in addresses if (normal := normalize_email(one))}
    if not wanted:
        return []
    query = select(User.id).where(User.email.in_(wanted), User.disabled_at.is_(None))
    return list(uow.session.scalars(query))


def _new_lead(
    uow: UnitOfWork, raw: RawMail, mail: ReadMail, recipients: list[str]
) -> Lead:
    address = address_for(uow, recipients)
    box = None if raw.mailbox_id is None else uow.session.get(Mailbox, raw.mailbox_id)
    place = address or box
    contact = _known_contact(uow, mail.from_address)
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


def _known_contact(uow: UnitOfWork, address: str) -> Contact | None:
    sender = normalize_email(address)
    if sender is None:
        return None
    query = select(Contact).where(
        Contact.email_normalized == sender, Contact.deleted_at.is_(None)
    )
    return uow.session.scalar(query.order_by(Contact.id).limit(1))


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


def _note_bounce(uow: UnitOfWork, raw: RawMail, mail: ReadMail) -> None:
    """Mark the mail that came back, if it went out from here, and its address."""
    failed = failed_recipient(mail)
    ours = messages_with_id(uow, [*mail.returned_ids, *mail.references])
    sent = [message for message in ours if message.direction == "out"]
    if failed is not None:
        raw.detail = f"{failed[0]}: {failed[1]}"[:500]
    if failed is None or not sent:
        return
    address, why, is_final = failed
    message = sent[0]
    lead = _open_lead(uow, message.record_id)
    if lead is not None:
        raw.lead_id, raw.entry_id = lead.id, message.id
        # Nobody marks an address by a report about a mail that did not go there.
        told = {normalize_email(one) for one in (*message.to, *message.cc)}
        if is_final and normalize_email(address) in told:
            bounce_message(uow, lead, message, address, why)
