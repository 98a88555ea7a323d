"""Hooks of mail that goes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmkit.hooks.forms import AskHook

if TYPE_CHECKING:
    from crmkit.core import Lead, Message, UnitOfWork


@dataclass(frozen=True, slots=True)
class MessageContext:
    """A mail that was written and waits to be sent, and its lead."""

    uow: UnitOfWork
    message: Message
    lead: Lead


@dataclass(frozen=True, slots=True)
class MessageArrangement:
    """Where a mail comes from and where answers to it go; None leaves it as it is."""

    reply_to: str | None = None
    from_address: str | None = None


arrange_message: AskHook[MessageContext, MessageArrangement | None] = AskHook(
    "arrange_message", MessageContext, since="1.0"
)
"""Answer the addresses of a mail that goes out; the first answer counts.

It is written already and has its Message-ID; it goes out after the unit is committed.
"""
