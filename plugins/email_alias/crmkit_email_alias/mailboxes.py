"""Mailboxes: mails fetched by IMAP, each once, whenever a connection breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field
from sqlalchemy import select

from crmkit.core import (
    CrmError,
    Draft,
    MessageVisibility,
    NotFoundError,
    RecordId,
    Role,
    get_team,
    get_user,
    keys_of,
)
from crmkit_email_alias.arriving import Arrival, keep_mail
from crmkit_email_alias.sessions import Login, Session
from crmkit_email_alias.tables import Mailbox, Security

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core import UnitOfWork
    from crmkit.jobs import JobRun

FETCH = "email_alias.fetch_mails"
IMAP = "imap"
PLACE = "email_alias__mailbox:password"
PORTS = {Security.TLS: 993, Security.STARTTLS: 143, Security.NONE: 143}


class MailboxDraft(Draft):
    """A mailbox to fetch from; without a port it is the usual one."""

    host: str = Field(min_length=1, max_length=250)
    port: int | None = Field(default=None, ge=1, le=65535, strict=True)
    security: Security = Security.TLS
    user: str = Field(min_length=1, max_length=250)
    password: str = Field(min_length=1, max_length=500)
    folder: str = Field(default="INBOX", min_length=1, max_length=250)
    team_id: RecordId | None = None
    owner_id: RecordId | None = None
    visibility: MessageVisibility = MessageVisibility.WHOLE


def add_mailbox(uow: UnitOfWork, draft: MailboxDraft) -> Mailbox:
    """A new mailbox; its password is kept encrypted."""
    uow.require(Role.ADMIN)
    if draft.team_id is not None:
        get_team(uow, draft.team_id)
    if draft.owner_id is not None:
        get_user(uow, draft.owner_id)
    box = Mailbox(
        **draft.model_dump(exclude={"password", "port"}),
        port=draft.port or PORTS[draft.security],
        password=keys_of(uow.settings, makes=True).seal(draft.password, PLACE),
        last_uid=0,
        problem="",
    )
    uow.session.add(box)
    uow.session.flush()
    return box


def list_mailboxes(uow: UnitOfWork) -> list[Mailbox]:
    """Every mailbox."""
    return list(uow.session.scalars(select(Mailbox).order_by(Mailbox.id)))


def drop_mailbox(uow: UnitOfWork, mailbox_id: int) -> None:
    """Fetch no longer from a mailbox; what came from it stays."""
    uow.require(Role.ADMIN)
    box = uow.session.get(Mailbox, mailbox_id)
    if box is None:
        raise NotFoundError("mailbox", mailbox_id)
    uow.session.delete(box)
    uow.session.flush()


def fetch_mails(job: JobRun) -> None:
    """Fetch what is new in every mailbox, or in that of `mailbox_id` alone.

    One that fails holds up no other.
    """
    fetched = 0
    only = job.arguments.get("mailbox_id")
    with job.read() as uow:
        ids = [box.id for box in list_mailboxes(uow) if only in {None, box.id}]
    for mailbox_id in ids:
        problem = ""
        try:
            fetched += _fetch(job, mailbox_id)
        except CrmError as error:
            problem = str(error)[:500]
        with job.work() as uow:
            box = uow.session.get(Mailbox, mailbox_id)
            if box is not None:
                box.checked_at, box.problem = uow.now(), problem
    with job.work() as uow:
        job.finish(uow, {"fetched": fetched})


def _fetch(job: JobRun, mailbox_id: int) -> int:
    with job.read() as uow:
        login = login_of(uow, mailbox_id)
    if login is None:
        return 0
    session = Session(login)
    count = 0
    try:
        for batch in session.batches():
            with job.work() as uow:
                count += _keep(uow, login, session, batch)
    finally:
        session.close()
    return count


def login_of(uow: UnitOfWork, mailbox_id: int) -> Login | None:
    """What is needed to open a mailbox; None where it was dropped."""
    box = uow.session.get(Mailbox, mailbox_id)
    if box is None:
        return None
    return Login(
        box.id,
        box.host,
        box.port,
        box.security,
        box.user,
        keys_of(uow.settings).open(box.password, PLACE),
        box.folder,
        box.uid_validity,
        box.last_uid,
    )


def _keep(
    uow: UnitOfWork, login: Login, session: Session, batch: Sequence[tuple[int, bytes]]
) -> int:
    """Keep mails and how far the mailbox is read, in one transaction."""
    # Another worker may fetch from it just now: he or we find the mails kept already.
    query = select(Mailbox).where(Mailbox.id == login.id).with_for_update()
    box = uow.session.scalar(query)
    if box is None:
        return 0
    for _, raw in batch:
        keep_mail(uow, raw, Arrival(IMAP, mailbox_id=box.id))
    is_same = box.uid_validity == session.validity
    last = batch[-1][0]
    box.uid_validity = session.validity
    box.last_uid = max(box.last_uid, last) if is_same else last
    return len(batch)
