"""What holds for every form."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from crmkit.core import mark

HOST = r"^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$"
Host = Annotated[str, StringConstraints(pattern=HOST, max_length=255)]


class Options(BaseModel):
    """Where forms may lead to, and how long what they brought is kept."""

    model_config = ConfigDict(extra="forbid")

    redirect_hosts: list[Host] = Field(
        default=[],
        max_length=50,
        title=mark("Hosts that forms may lead to"),
        description=mark(
            "Like www.example.org; a form's thank-you page is on one of them."
        ),
    )
    mails_per_hour: int = Field(
        default=60,
        ge=0,
        le=100_000,
        title=mark("Confirmations an hour"),
        description=mark(
            "A form that made more leads than this within an hour confirms none."
        ),
    )
    refused_days: int = Field(
        default=30,
        ge=1,
        le=3650,
        title=mark("Days that refused answers are kept"),
        description=mark("Robots send them; they are looked through, and go."),
    )
    address_days: int = Field(
        default=7,
        ge=1,
        le=365,
        title=mark("Days that the mark of a sender's computer is kept"),
        description=mark("A fingerprint of its address, by which answers are counted."),
    )
