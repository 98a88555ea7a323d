"""The rules by which two leads are taken for one; an admin changes them."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from crmkit.core import mark


class MailRule(StrEnum):
    """What of two mail addresses has to be the same."""

    DOMAIN = "domain"
    ADDRESS = "address"
    OFF = "off"


class Rules(BaseModel):
    """Which traits make two leads similar."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mail: MailRule = Field(
        default=MailRule.DOMAIN,
        title=mark("Mail"),
        description=mark(
            "domain: the company's; address: the whole of it; off. Addresses of free "
            "providers are always compared whole."
        ),
    )
    phone: bool = Field(
        default=True,
        title=mark("Telephone"),
        description=mark("The same number, however it is written."),
    )
    family: bool = Field(
        default=True,
        title=mark("Contact and company"),
        description=mark("The same contact, or people and branches of one company."),
    )
    most: int = Field(
        default=20,
        ge=1,
        le=200,
        title=mark("Most leads of a rule"),
        description=mark(
            "A mail domain or number that more leads share says nothing of them."
        ),
    )
