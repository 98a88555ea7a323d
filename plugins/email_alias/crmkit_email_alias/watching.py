"""Watching: mailboxes whose server tells at once of a mail that came (IMAP IDLE)."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import TYPE_CHECKING

from crmkit.core import CrmError
from crmkit_email_alias.mailboxes import FETCH, list_mailboxes, login_of
from crmkit_email_alias.sessions import Session

if TYPE_CHECKING:
    from crmkit.jobs import Crm

log = logging.getLogger("crmkit.mail")

WATCH = "email_alias.watch_mailboxes"
LOOK_SECONDS = 5.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
# Routers forget connections on which nothing was said for some minutes.
IDLE_SECONDS = 240.0


def watch_mailboxes(crm: Crm, stop: Event) -> None:
    """Have what comes into any mailbox fetched in that moment, until `stop` is set."""
    watches: dict[int, _Watch] = {}
    while not stop.is_set():
        with crm.read() as uow:
            ids = {box.id for box in list_mailboxes(uow)}
        for gone in watches.keys() - ids:
            watches.pop(gone).end()
        for new in ids - watches.keys():
            watches[new] = _Watch(crm, new)
        stop.wait(LOOK_SECONDS)
    for watch in watches.values():
        watch.end()


@dataclass(slots=True)
class _Watch:
    """One mailbox on which a thread waits; a connection that breaks is made anew."""

    crm: Crm
    mailbox_id: int
    stop: Event = field(default_factory=Event)
    session: Session | None = None
    thread: Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = Thread(target=self._watch, daemon=True)
        self.thread.start()

    def end(self) -> None:
        """Wait no longer."""
        self.stop.set()
        if self.session is not None:
            self.session.cut()
        self.thread.join(LOOK_SECONDS)

    def _watch(self) -> None:
        pause = FIRST_PAUSE
        while not self.stop.is_set():
            try:
                if self._open():
                    pause = FIRST_PAUSE
                    self._listen()
            except CrmError as error:
                # Fetching once a minute writes it where an admin reads it.
                log.info("Mailbox %s is not watched now: %s", self.mailbox_id, error)
            except Exception:
                log.exception("Mailbox %s is not watched now.", self.mailbox_id)
            finally:
                self._close()
            self.stop.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _open(self) -> bool:
        """Whether the mailbox is open, on a server that tells of what comes."""
        with self.crm.read() as uow:
            login = login_of(uow, self.mailbox_id)
        if login is None:
            return False
        self.session = Session(login)
        return self.session.can_tell

    def _listen(self) -> None:
        # What came while nobody listened is fetched first.
        is_told = True
        while self.session is not None and not self.stop.is_set():
            if is_told:
                with self.crm.work() as uow:
                    key = str(self.mailbox_id)
                    uow.enqueue(FETCH, key=key, mailbox_id=self.mailbox_id)
            is_told = self.session.wait(IDLE_SECONDS)

    def _close(self) -> None:
        session, self.session = self.session, None
        if session is not None:
            session.close()
