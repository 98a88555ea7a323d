"""Sessions: a mailbox that is open; whatever goes wrong is said in a sentence."""

from __future__ import annotations

import imaplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from socket import SHUT_RDWR, gaierror
from typing import TYPE_CHECKING, Any

from imap_tools import (
    BaseMailBox,
    ImapToolsError,
    MailBox,
    MailboxFolderSelectError,
    MailBoxStartTls,
    MailBoxUnencrypted,
    UnexpectedCommandStatusError,
)

from crmkit.core import CrmError, mark
from crmkit_email_alias.tables import Security

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECONDS = 20
BATCH = 20


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


_Failed = (OSError, imaplib.IMAP4.error, ImapToolsError, ValueError)


class Session:
    """An open mailbox. Whatever goes wrong is a MailboxError with a sentence."""

    def __init__(self, login: Login) -> None:
        self.login = login
        self.box = self._connect()
        try:
            self._sign_in()
            self._open_folder()
        except BaseException:
            self.close()
            raise

    def _connect(self) -> BaseMailBox:
        login, secure = self.login, ssl.create_default_context()
        host, port = login.host, login.port
        try:
            if login.security is Security.TLS:
                return MailBox(host, port, SECONDS, ssl_context=secure)
            if login.security is Security.STARTTLS:
                return MailBoxStartTls(host, port, SECONDS, ssl_context=secure)
            return MailBoxUnencrypted(host, port, SECONDS)
        except gaierror as error:
            raise MailboxError(UNKNOWN, host=host) from error
        except ssl.SSLError as error:
            raise self._error(NOT_TRUSTED, error) from error
        except _Failed as error:
            raise self._error(NO_ANSWER, error) from error

    def _sign_in(self) -> None:
        login = self.login
        is_plain = (login.user + login.password).isascii()
        sign_in = self.box.login if is_plain else self.box.login_utf8
        try:
            sign_in(login.user, login.password, None)
        except _Failed as error:
            raise MailboxError(
                NOT_LET_IN, host=login.host, user=login.user, said=_say(error)
            ) from error

    def _open_folder(self) -> None:
        login = self.login
        try:
            self.box.folder.set(login.folder, readonly=True)
        except MailboxFolderSelectError as error:
            sentence = MailboxError(NO_FOLDER, folder=login.folder, host=login.host)
            raise sentence from error
        except _Failed as error:
            raise self._error(BROKEN_OFF, error) from error
        _, said = self.box.client.response("UIDVALIDITY")
        text = said[0] if said and isinstance(said[0], bytes) else b"0"
        self.validity = int(text or b"0")
        is_same = self.validity == login.uid_validity
        self.last = login.last_uid if is_same else 0

    def batches(self) -> Iterator[list[tuple[int, bytes]]]:
        """What is new: pairs of UID and bytes, a few at a time."""
        wanted = f"{self.last + 1}:*"
        _, said = self._ask(lambda: self.box.client.uid("SEARCH", "UID", wanted))
        # `5:*` means the last one too where there is no fifth.
        found = [int(one) for one in (said[0] or b"").split()]
        new = sorted(uid for uid in found if uid > self.last)
        for start in range(0, len(new), BATCH):
            some = [(uid, self._fetch(uid)) for uid in new[start : start + BATCH]]
            there = [(uid, raw) for uid, raw in some if raw is not None]
            if there:
                yield there

    def _fetch(self, uid: int) -> bytes | None:
        wanted = "(BODY.PEEK[])"
        _, said = self._ask(lambda: self.box.client.uid("FETCH", str(uid), wanted))
        return next((part[1] for part in said if isinstance(part, tuple)), None)

    @property
    def can_tell(self) -> bool:
        """Whether the server tells by itself of mails that come (RFC 2177)."""
        return "IDLE" in self.box.client.capabilities

    def wait(self, seconds: float) -> bool:
        """Whether the server told within that time of a mail that came."""
        idle = self.box.idle
        try:
            idle.start()  # type: ignore[no-untyped-call]  # imap-tools gives none
            said = idle.poll(seconds)
            _, more = idle.stop()  # type: ignore[no-untyped-call]
            return any(b" EXISTS" in line for line in (*said, *more))
        except _Failed as error:
            raise self._error(BROKEN_OFF, error) from error

    def _ask(self, ask: Callable[[], tuple[str, list[Any]]]) -> tuple[str, list[Any]]:
        try:
            return ask()
        except _Failed as error:
            raise self._error(BROKEN_OFF, error) from error

    def _error(self, sentence: str, error: Exception) -> MailboxError:
        return MailboxError(sentence, host=self.login.host, said=_say(error))

    def cut(self) -> None:
        """End the connection at once, also while another thread waits on it."""
        with suppress(OSError):
            self.box.client.sock.shutdown(SHUT_RDWR)

    def close(self) -> None:
        """Leave the server; it does not matter whether it hears it."""
        with suppress(*_Failed):
            self.box.logout()
        with suppress(OSError):
            self.box.client.shutdown()


def _say(error: Exception) -> str:
    """What a server or the system said, in one line and not too much of it."""
    said: object = error.args[0] if error.args else str(error)
    if isinstance(error, UnexpectedCommandStatusError):
        said = next(iter(error.command_result[1]), b"")
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(error)
    return " ".join(text.split())[:300]
