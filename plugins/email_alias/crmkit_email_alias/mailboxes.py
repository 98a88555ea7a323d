"""Mailboxes: mails fetched by IMAP, each once, whenever a connection breaks."""

from __future__ import annotations

import imaplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from socket import gaierror
from typing import TYPE_CHECKING, Any

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
    mark,
)
from crmkit_email_alias.arriving import Arrival, keep_mail
from crmkit_email_alias.tables import Mailbox, Security

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from crmkit.core import UnitOfWork
    from crmkit.jobs import JobRun

FETCH = "email_alias.fetch_mails"
IMAP = "imap"
SECONDS = 20
BATCH = 20
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


class MailboxError(CrmError):
    """A mailbox cannot be reached, or not be read."""

    plugin_id = "email_alias"


UNKNOWN = mark("There is no mail server called {host}.")
NO_ANSWER = mark("The mail server {host} does not answer: {said}")
NOT_TRUSTED = mark("The certificate of {host} is not valid: {said}")
NOT_LET_IN = mark("{host} did not take the name or password of {user}: {said}")
NO_FOLDER = mark("There is no folder {folder} on {host}.")
BROKEN_OFF = mark("{host} broke off: {said}")


@dataclass(frozen=True, slots=True)
class Login:
    """What is needed to open a mailbox, and how far it was read."""

    id: int
    host: str
    port: int
    security: Security
    user: str
    password: str
    folder: str
    uid_validity: int | None
    last_uid: int


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
    """Fetch what is new in every mailbox; one that fails holds up no other."""
    fetched = 0
    with job.read() as uow:
        ids = [box.id for box in list_mailboxes(uow)]
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
        login = _login(uow, uow.session.get_one(Mailbox, mailbox_id))
    session = _Session(login)
    count = 0
    try:
        for batch in session.batches():
            with job.work() as uow:
                count += _keep(uow, login, session, batch)
    finally:
        session.close()
    return count


def _login(uow: UnitOfWork, box: Mailbox) -> Login:
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
    uow: UnitOfWork, login: Login, session: _Session, batch: Sequence[tuple[int, bytes]]
) -> int:
    """Keep mails and how far the mailbox is read, in one transaction."""
    box = uow.session.get(Mailbox, login.id)
    if box is None:
        return 0
    for _, raw in batch:
        keep_mail(uow, raw, Arrival(IMAP, mailbox_id=box.id))
    box.uid_validity, box.last_uid = session.validity, batch[-1][0]
    return len(batch)


class _Session:
    """An open mailbox. Whatever goes wrong is a MailboxError with a sentence."""

    def __init__(self, login: Login) -> None:
        self.login = login
        self.client = self._connect()
        try:
            self._open_folder()
        except BaseException:
            self.close()
            raise

    def _connect(self) -> imaplib.IMAP4:
        login, secure = self.login, ssl.create_default_context()
        try:
            if login.security is Security.TLS:
                client: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                    login.host, login.port, ssl_context=secure, timeout=SECONDS
                )
            else:
                client = imaplib.IMAP4(login.host, login.port, timeout=SECONDS)
            if login.security is Security.STARTTLS:
                client.starttls(secure)
        except gaierror as error:
            raise MailboxError(UNKNOWN, host=login.host) from error
        except ssl.SSLError as error:
            raise self._error(NOT_TRUSTED, error) from error
        except (OSError, imaplib.IMAP4.error, ValueError) as error:
            raise self._error(NO_ANSWER, error) from error
        try:
            client.login(login.user, login.password)
        except (OSError, imaplib.IMAP4.error, ValueError) as error:
            with suppress(OSError):
                client.shutdown()
            raise MailboxError(
                NOT_LET_IN, host=login.host, user=login.user, said=_say(error)
            ) from error
        return client

    def _open_folder(self) -> None:
        login = self.login
        name = '"' + login.folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
        state, _ = self._ask(lambda: self.client.select(name, readonly=True))
        if state != "OK":
            raise MailboxError(NO_FOLDER, folder=login.folder, host=login.host)
        _, said = self.client.response("UIDVALIDITY")
        text = said[0] if said and isinstance(said[0], bytes) else b"0"
        self.validity = int(text or b"0")
        is_same = self.validity == login.uid_validity
        self.last = login.last_uid if is_same else 0

    def batches(self) -> Iterator[list[tuple[int, bytes]]]:
        """What is new: pairs of UID and bytes, a few at a time."""
        wanted = f"{self.last + 1}:*"
        _, said = self._ask(lambda: self.client.uid("SEARCH", "UID", wanted))
        # `5:*` means the last one too where there is no fifth.
        found = [int(one) for one in (said[0] or b"").split()]
        new = sorted(uid for uid in found if uid > self.last)
        for start in range(0, len(new), BATCH):
            some = [(uid, self._fetch(uid)) for uid in new[start : start + BATCH]]
            there = [(uid, raw) for uid, raw in some if raw is not None]
            if there:
                yield there

    def _fetch(self, uid: int) -> bytes | None:
        _, said = self._ask(lambda: self.client.uid("FETCH", str(uid), "(BODY.PEEK[])"))
        return next((part[1] for part in said if isinstance(part, tuple)), None)

    def _ask(self, ask: Callable[[], tuple[str, list[Any]]]) -> tuple[str, list[Any]]:
        try:
            return ask()
        except (OSError, imaplib.IMAP4.error, ValueError) as error:
            raise self._error(BROKEN_OFF, error) from error

    def _error(self, sentence: str, error: Exception) -> MailboxError:
        return MailboxError(sentence, host=self.login.host, said=_say(error))

    def close(self) -> None:
        """Leave the server; it does not matter whether it hears it."""
        with suppress(OSError, imaplib.IMAP4.error):
            self.client.logout()
        with suppress(OSError):
            self.client.shutdown()


def _say(error: Exception) -> str:
    said = error.args[0] if error.args and isinstance(error.args[0], bytes) else None
    text = said.decode("utf-8", "replace") if said is not None else str(error)
    return " ".join(text.split())[:300]
