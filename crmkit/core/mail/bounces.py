"""Addresses at which mail does not arrive."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base
from crmkit.core.mail.messages import record_message
from crmkit.core.mail.table import Message, MessageState
from crmkit.core.words import normalize_email

if TYPE_CHECKING:
    from crmkit.core.leads import Lead
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "BouncedAddress",
    "bounce_message",
    "bounced_address",
    "forget_bounces",
    "note_bounce",
]

LONGEST_REASON = 500


class BouncedAddress(Base):
    """A mail address that sent mail back: when last, how often, and why."""

    __tablename__ = "bounced_address"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(320), unique=True)
    bounces: Mapped[int]
    bounced_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))


def note_bounce(uow: UnitOfWork, address: str, reason: str) -> BouncedAddress | None:
    """Mark an address as one where mail does not arrive; None where it is none."""
    normal = normalize_email(address)
    if normal is None:
        return None
    known = bounced_address(uow, normal)
    if known is None:
        known = BouncedAddress(address=normal, bounces=0)
        uow.session.add(known)
    known.bounces += 1
    known.bounced_at = uow.now()
    known.reason = " ".join(reason.split())[:LONGEST_REASON]
    uow.session.flush()
    return known


def bounced_address(uow: UnitOfWork, address: str | None) -> BouncedAddress | None:
    """What is known of an address where mail does not arrive; None of any other."""
    normal = normalize_email(address)
    if normal is None:
        return None
    query = select(BouncedAddress).where(BouncedAddress.address == normal)
    return uow.session.scalar(query)


def forget_bounces(uow: UnitOfWork, address: str) -> None:
    """A mail came from `address`: it works."""
    uow.session.execute(
        delete(BouncedAddress).where(BouncedAddress.address == normalize_email(address))
    )


def bounce_message(
    uow: UnitOfWork, lead: Lead, message: Message, address: str, reason: str
) -> None:
    """Mark a mail that was sent as one that came back, and the address it was for."""
    note_bounce(uow, address, reason)
    if message.state is MessageState.BOUNCED:
        return
    message.state = MessageState.BOUNCED
    text = " ".join(f"{address}: {reason}".split())[:LONGEST_REASON]
    message.error = {"sentence": "{text}", "parts": {"text": text}}
    uow.session.flush()
    record_message(uow, lead, "message.bounced", message)
