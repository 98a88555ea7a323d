"""Sending: letters to a mail server, or to a folder where there is none."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.policy import SMTP
from http import HTTPStatus
from pathlib import Path
from socket import gaierror
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from sqlalchemy import make_url

from crmkit.core.errors import CrmError, mark

if TYPE_CHECKING:
    from crmkit.core.mail.letters import Letter
    from crmkit.core.settings import Settings

__all__ = [
    "MailServer",
    "MailServerError",
    "deliver_letter",
    "mail_server",
    "outbox_folder",
]

SECONDS = 20
_PORTS = {"smtp": 587, "smtps": 465}
_HERE = frozenset({"127.0.0.1", "::1", "localhost"})
_FIRST_FINAL = 500


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed in; `is_tls` from the first byte, else by STARTTLS."""

    host: str
    port: int
    is_tls: bool
    user: str
    password: str

    @property
    def is_here(self) -> bool:
        """Whether it is this computer's own: what is said to it stays here."""
        return self.host in _HERE


class MailServerError(CrmError):
    """The mail server cannot be reached, or takes no mail.

    `is_final` where trying again would change nothing.
    """

    status = HTTPStatus.BAD_GATEWAY

    def __init__(
        self, sentence: str, /, *, is_final: bool = False, **parts: str | int
    ) -> None:
        self.is_final = is_final
        super().__init__(sentence, field=None, **parts)


def mail_server(settings: Settings) -> MailServer | None:
    """The mail server of the settings; None where mails go to a folder."""
    if settings.smtp_url is None:
        return None
    url = urlsplit(settings.smtp_url.get_secret_value())
    return MailServer(
        host=url.hostname or "",
        port=url.port or _PORTS[url.scheme],
        is_tls=url.scheme == "smtps",
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
    )


def outbox_folder(settings: Settings) -> Path:
    """The folder for mails where there is no server: `outbox` beside the database."""
    if settings.outbox is not None:
        return settings.outbox
    url = make_url(settings.database_url)
    is_file = url.get_backend_name() == "sqlite" and url.database
    beside = Path(url.database).parent if is_file and url.database else Path()
    return beside / "outbox"


def deliver_letter(settings: Settings, letter: Letter) -> None:
    """Hand a letter in at the mail server, or write it to the folder.

    Raises MailServerError with what went wrong, in a sentence.
    """
    server = mail_server(settings)
    if server is None:
        _write(outbox_folder(settings), letter)
        return
    try:
        _send(server, letter)
    except smtplib.SMTPException as error:
        raise _refused(server, error) from error
    except (OSError, ValueError) as error:
        raise _unreached(server, error) from error


def _write(folder: Path, letter: Letter) -> None:
    """Whole, or not at all; a letter that is written again replaces itself."""
    folder.mkdir(parents=True, exist_ok=True)
    known = str(letter.content["Message-ID"])
    name = "".join(sign for sign in known if sign.isalnum() or sign in "-@.")
    draft = folder / f".{name}.part"
    draft.write_bytes(letter.content.as_bytes(policy=SMTP))
    draft.replace(folder / f"{name}.eml")


def _send(server: MailServer, letter: Letter) -> None:
    secure = ssl.create_default_context()
    with (
        smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=secure)
        if server.is_tls
        else smtplib.SMTP(server.host, server.port, timeout=SECONDS)
    ) as client:
        client.ehlo_or_helo_if_needed()
        if not server.is_tls and client.has_extn("starttls"):
            client.starttls(context=secure)
        elif not server.is_tls and server.user and not server.is_here:
            raise MailServerError(UNENCRYPTED, host=server.host, is_final=True)
        if server.user:
            client.login(server.user, server.password)
        refused = client.send_message(
            letter.content, letter.sender, list(letter.recipients)
        )
    if refused:
        # The others have it: trying again would send it to them once more.
        raise _not_taken(*next(iter(refused.items())), is_final=True)


UNENCRYPTED = mark(
    "The mail server {host} offers no encryption; the password was not sent to it."
)
REFUSED_SOME = mark("The mail server did not take the mail for {address}: {said}")
UNKNOWN_HOST = mark("There is no mail server called {host}; look at its address.")
NOT_TRUSTED = mark("The certificate of the mail server {host} is not valid: {said}")
NO_ANSWER = mark("The mail server {host} did not answer on port {port}: {said}")
WRONG_PASSWORD = mark(
    "The mail server {host} did not take the name or password: {said}"
)
REFUSED = mark("The mail server {host} did not take the mail: {said}")
BROKEN_OFF = mark("The mail server {host} broke off: {said}")


def _unreached(server: MailServer, error: Exception) -> MailServerError:
    said = _say(error)
    if isinstance(error, gaierror | UnicodeError):
        return MailServerError(UNKNOWN_HOST, host=server.host)
    if isinstance(error, ssl.SSLError):
        return MailServerError(NOT_TRUSTED, host=server.host, said=said)
    return MailServerError(NO_ANSWER, host=server.host, port=server.port, said=said)


def _refused(server: MailServer, error: smtplib.SMTPException) -> MailServerError:
    said = _say(error)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return MailServerError(WRONG_PASSWORD, host=server.host, said=said)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        address, answer = next(iter(error.recipients.items()))
        return _not_taken(address, answer, is_final=answer[0] >= _FIRST_FINAL)
    if isinstance(error, smtplib.SMTPResponseException):
        is_final = error.smtp_code >= _FIRST_FINAL
        said = f"{error.smtp_code} {_say(error.smtp_error)}"
        return MailServerError(REFUSED, is_final=is_final, host=server.host, said=said)
    return MailServerError(BROKEN_OFF, host=server.host, said=said)


def _not_taken(
    address: str, answer: tuple[int, bytes], *, is_final: bool
) -> MailServerError:
    said = _say(answer[1])
    return MailServerError(REFUSED_SOME, is_final=is_final, address=address, said=said)


def _say(what: object) -> str:
    """What a server or the system said, in one line and not too much of it."""
    if isinstance(what, smtplib.SMTPResponseException):
        what = what.smtp_error
    text = what.decode("utf-8", "replace") if isinstance(what, bytes) else str(what)
    return " ".join(text.split())[:300]
