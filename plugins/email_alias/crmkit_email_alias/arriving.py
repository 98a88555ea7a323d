"""Arriving: a mail is kept as it came before anybody looks at what it says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from crmkit.core import Blob, CrmError, NotFoundError, mark, open_blob, store_blob
from crmkit_email_alias.tables import MailState, RawMail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core import UnitOfWork

READ = "email_alias.read_mails"
_ID = re.compile(rb"^message-id:\s*(<[^<>\s]{1,480}>)", re.IGNORECASE | re.MULTILINE)
_HEAD = 64_000


class NothingError(CrmError):
    """There was no mail."""

    plugin_id = "email_alias"

    def __init__(self) -> None:
        super().__init__(mark("There is no mail here: nothing came in."))


class NotAgainError(CrmError):
    """A mail that became something is not read again."""

    plugin_id = "email_alias"

    def __init__(self) -> None:
        super().__init__(mark("This mail has been read; there is nothing to do again."))


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a mail came: by what way, for whom, from which mailbox."""

    source: str
    envelope_to: Sequence[str] = ()
    mailbox_id: int | None = None


def keep_mail(uow: UnitOfWork, raw: bytes, arrival: Arrival) -> RawMail:
    """The mail of these bytes, kept; the same bytes are kept once.

    A job reads it once the unit is committed.
    """
    if not raw.strip():
        raise NothingError
    digest = sha256(raw).hexdigest()
    known = uow.session.scalar(select(RawMail).where(RawMail.sha256 == digest))
    if known is not None:
        return known
    found = _ID.search(raw[:_HEAD].partition(b"\r\n\r\n")[0].partition(b"\n\n")[0])
    blob = store_blob(uow, BytesIO(raw), name="mail", media_type="message/rfc822")
    mail = RawMail(
        sha256=digest,
        blob_id=blob.id,
        message_id=found[1].decode("utf-8", "replace") if found else None,
        source=arrival.source,
        mailbox_id=arrival.mailbox_id,
        envelope_to=[address[:320] for address in arrival.envelope_to][:50],
        from_address="",
        subject="",
        state=MailState.RECEIVED,
        detail="",
        received_at=uow.now(),
    )
    uow.session.add(mail)
    uow.session.flush()
    read_later(uow)
    return mail


def read_later(uow: UnitOfWork) -> int:
    """The id of the job that reads what waits; there is one at a time."""
    return uow.enqueue(READ, key="all")


def bytes_of(uow: UnitOfWork, mail: RawMail) -> bytes:
    """A mail as it came."""
    return b"".join(open_blob(uow, uow.session.get_one(Blob, mail.blob_id)))


def get_mail(uow: UnitOfWork, mail_id: int) -> RawMail:
    """The mail of that id."""
    found = uow.session.scalar(uow.locked(select(RawMail).where(RawMail.id == mail_id)))
    if found is None:
        raise NotFoundError("mail", mail_id)
    return found


def list_mails(
    uow: UnitOfWork,
    *,
    state: MailState | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[RawMail]:
    """Mails, the newest first, older than the mail `before`."""
    query = select(RawMail)
    if state is not None:
        query = query.where(RawMail.state == state)
    if before is not None:
        query = query.where(RawMail.id < before)
    return list(uow.session.scalars(query.order_by(RawMail.id.desc()).limit(limit)))


def read_again(uow: UnitOfWork, mail: RawMail) -> None:
    """Let a mail be read anew that failed or was refused."""
    if mail.state not in {MailState.FAILED, MailState.REFUSED}:
        raise NotAgainError
    mail.state, mail.outcome, mail.reason, mail.detail = (
        MailState.RECEIVED,
        None,
        None,
        "",
    )
    uow.session.flush()
    read_later(uow)


def count_mails(uow: UnitOfWork) -> list[tuple[str, str, str, int]]:
    """How many came: by source, state, and outcome or reason."""
    what = func.coalesce(RawMail.reason, RawMail.outcome, "")
    rows = uow.session.execute(
        select(RawMail.source, RawMail.state, what, func.count())
        .group_by(RawMail.source, RawMail.state, what)
        .order_by(RawMail.source, RawMail.state, what)
    )
    return [(source, state.value, why, count) for source, state, why, count in rows]
