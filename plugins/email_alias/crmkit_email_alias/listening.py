"""Listening: a mail server of one's own hands mails in by LMTP (RFC 2033)."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from typing_extensions import override

from crmkit.core import CrmError
from crmkit_email_alias.arriving import Arrival, keep_mail

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

    from crmkit.jobs import Crm

log = logging.getLogger("crmkit.mail")
LMTP_WAY = "lmtp"
_MEGABYTE = 1024 * 1024


class Inbox:
    """Keeps each mail before it says that it has it."""

    def __init__(self, crm: Crm) -> None:
        self.crm = crm

    async def handle_RCPT(  # noqa: N802  (aiosmtpd's name and parameters)
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Take one recipient at a time: each of several is due an answer of its own."""
        if envelope.rcpt_tos:
            return "452 4.5.3 One recipient at a time, please"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802  (aiosmtpd's name)
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep a mail; what cannot be kept now is to come again."""
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode()
        try:
            await asyncio.to_thread(self._keep, raw, list(envelope.rcpt_tos))
        except CrmError as error:
            text = str(error).encode("ascii", "replace").decode()
            return f"554 5.6.0 {text}"
        except Exception:
            log.exception("a mail could not be kept")
            return "451 4.3.0 It could not be kept; try again later"
        return "250 2.6.0 Kept"

    def _keep(self, raw: bytes, recipients: list[str]) -> None:
        with self.crm.work() as uow:
            keep_mail(uow, raw, Arrival(LMTP_WAY, recipients))


class Listener(Controller):
    """A listener in a thread of its own: `start()`, `stop()`, `port`."""

    def __init__(self, crm: Crm, host: str, port: int) -> None:
        self.megabytes = crm.settings.file_megabytes
        super().__init__(Inbox(crm), hostname=host, port=port, ready_timeout=20)

    @override
    def factory(self) -> LMTP:
        """What speaks on one connection."""
        return LMTP(
            self.handler,
            data_size_limit=self.megabytes * _MEGABYTE,
            enable_SMTPUTF8=True,
            hostname="crmkit",
        )
