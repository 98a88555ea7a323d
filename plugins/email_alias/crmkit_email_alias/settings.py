"""How mails come in; an admin changes it."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field, field_validator

from crmkit.core import CrmError, mark

_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)


class NoDomainError(CrmError, ValueError):
    """A text that is no domain."""

    plugin_id = "email_alias"

    def __init__(self, value: str) -> None:
        super().__init__(
            mark("“{value}” is no domain; write one like crm.example.org."),
            value=value,
        )


class MailRules(BaseModel):
    """What becomes of mails that come in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    domain: str = Field(
        default="",
        max_length=250,
        title=mark("Domain of the addresses"),
        description=mark(
            "Like crm.example.org: every mail to it comes here. Answers to what you "
            "send go to an address of it; without one they go to who wrote."
        ),
    )
    most_of_one: int = Field(
        default=20,
        ge=1,
        le=10_000,
        title=mark("Most mails of one sender"),
        description=mark("Further ones within the time below become no leads."),
    )
    minutes: int = Field(
        default=120,
        ge=1,
        le=100_000,
        title=mark("Minutes in which they are counted"),
        description=mark("So long a flood of mails is remembered."),
    )
    follow_copied: bool = Field(
        default=True,
        title=mark("Who gets a copy follows"),
        description=mark("Colleagues among the recipients of a mail follow its lead."),
    )
    reply_days: int = Field(
        default=365,
        ge=1,
        le=3650,
        title=mark("Days that a reply address holds"),
        description=mark("After so many days without a mail an answer is a new lead."),
    )

    @field_validator("domain")
    @classmethod
    def _know_domain(cls, value: str) -> str:
        text = value.strip().removeprefix("@").lower()
        if text and not _DOMAIN.fullmatch(text):
            raise NoDomainError(value)
        return text
