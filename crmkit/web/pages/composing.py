"""What the composer of a lead's page wants to know of mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core import outbox_folder

if TYPE_CHECKING:
    from crmkit.core import Lead, UnitOfWork


def mail_context(uow: UnitOfWork, lead: Lead, bounce: str | None) -> dict[str, object]:
    """To whom a mail goes, where it is written to without a server, what came back.

    `bounce` is why mail does not arrive at the lead's address, if it does not.
    """
    folder = None if uow.settings.smtp_url else outbox_folder(uow.settings)
    return {
        "mail_to": lead.email or "",
        "mail_folder": "" if folder is None else str(folder),
        "mail_templates": uow.catalogue.mail_templates,
        "filled": None,
        "mail_is_open": False,
        "mail_bounced": bounce or "",
    }
