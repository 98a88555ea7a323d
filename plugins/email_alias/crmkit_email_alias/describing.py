"""What became of mails, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmkit_email_alias.processing import REASONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmkit_email_alias.tables import Address, Mailbox, RawMail


def describe_outcome(mail: RawMail, translate: Callable[[str], str]) -> dict[str, Any]:
    """The outcome of a mail: `reason` is a sentence, None where it became something."""
    reason = REASONS.get(mail.reason) if mail.reason else None
    said = translate(reason) if reason else None
    if said and mail.detail:
        said = f"{said} ({mail.detail})"
    return {"outcome": mail.outcome, "lead_id": mail.lead_id, "reason": said}


def describe_mail(mail: RawMail, translate: Callable[[str], str]) -> dict[str, Any]:
    """A mail as scripts get it."""
    return {
        "id": mail.id,
        "received_at": mail.received_at,
        "processed_at": mail.processed_at,
        "source": mail.source,
        "mailbox_id": mail.mailbox_id,
        "from": mail.from_address,
        "subject": mail.subject,
        "state": mail.state,
        "message_id": mail.entry_id,
        **describe_outcome(mail, translate),
    }


def describe_address(address: Address, domain: str) -> dict[str, Any]:
    """An address of a team as scripts get it."""
    return {
        "id": address.id,
        "name": address.name,
        "address": f"{address.name}@{domain}" if domain else None,
        "team_id": address.team_id,
        "owner_id": address.owner_id,
        "kind": address.kind,
    }


def describe_mailbox(box: Mailbox) -> dict[str, Any]:
    """A mailbox as scripts get it; never its password."""
    names = (
        "id host port security user folder team_id owner_id visibility checked_at"
    ).split()
    return {name: getattr(box, name) for name in names} | {
        "problem": box.problem or None
    }
