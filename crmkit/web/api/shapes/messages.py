"""The shapes of mails."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from typing_extensions import TypedDict

from crmkit.web.api.shapes.forms import Versions


class Message(TypedDict):
    """A mail, as far as the reader may see it; `quoted` follows its own words."""

    id: int
    direction: Literal["in", "out"]
    state: Literal[
        "queued", "sending", "sent", "failed", "bounced", "cancelled", "received"
    ]
    visibility: Literal["whole", "subject", "private"]
    from_name: str
    from_address: str
    to: list[str]
    cc: list[str]
    subject: str
    text: str
    quoted: str
    has_html: bool
    attachment_ids: list[int]
    error: str | None
    created_at: datetime
    sent_at: datetime | None


class MailWords(TypedDict):
    """The words of a template in one language."""

    subject: str
    text: str


class MailTemplate(TypedDict):
    """A template of mails; `texts` holds its words by language."""

    id: int
    version: Versions
    name: str
    texts: dict[str, MailWords]
    archived_at: datetime | None


class FilledTemplate(TypedDict):
    """The words of a template with the values of a lead."""

    language: str
    subject: str
    text: str
