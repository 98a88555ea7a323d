"""What the composer of a lead's page wants to know of mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core import Lead, bounced_address, list_templates, outbox_folder

if TYPE_CHECKING:
    from crmkit.core import UnitOfWork


def mail_context(uow: UnitOfWork, lead: Lead) -> dict[str, object]:
    """To whom a mail goes, where it is written to without a server, what came back."""
    bounced = bounced_address(uow, lead.email)
    folder = None if uow.settings.smtp_url else outbox_folder(uow.settings)
    return {
        "mail_to": lead.email or "",
        "mail_folder": "" if folder is None else str(folder),
        "mail_templates": [(one.id, one.name) for one in list_templates(uow)],
        "filled": None,
        "mail_is_open": False,
        "mail_bounced": bounced.reason if bounced else "",
    }
