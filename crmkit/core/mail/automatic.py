"""Mails that nobody writes by hand: a template filled for the customer of a lead."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from crmkit.core.leads import Lead
from crmkit.core.mail.bounces import bounced_address
from crmkit.core.mail.messages import MessageDraft, write_message
from crmkit.core.mail.table import Message, MessageState
from crmkit.core.mail.templates import MailTemplate, fill_template

if TYPE_CHECKING:
    from crmkit.core.uow import UnitOfWork

__all__ = ["write_mail_of_stage", "write_mail_of_template"]

UNDO_FOR = timedelta(seconds=60)
_HELD_BACK = (MessageState.CANCELLED, MessageState.FAILED)


def write_mail_of_stage(
    uow: UnitOfWork, lead_id: int, stage_id: int, template_id: int
) -> Message | None:
    """The mail to the customer of a lead that came into a stage; it goes in a minute.

    Until then undoing the move holds it back. None where the lead has gone on, has no
    address at which mail arrives, or got the mail of this template before.
    """
    lead = uow.session.get(Lead, lead_id)
    if lead is None or lead.stage_id != stage_id:
        return None
    return write_mail_of_template(uow, lead, template_id)


def write_mail_of_template(
    uow: UnitOfWork, lead: Lead, template_id: int
) -> Message | None:
    """The automatic mail of a template to a lead's customer; it goes in a minute.

    None where the lead is deleted, the template is out of use, no mail arrives at the
    lead's address, or it got this one before.
    """
    template = uow.session.get(MailTemplate, template_id)
    if template is None or template.archived_at is not None:
        return None
    if lead.deleted_at is not None or not lead.email_normalized:
        return None
    if bounced_address(uow, lead.email) or _has_had(uow, lead, template):
        return None
    filled = fill_template(uow, template, lead)
    draft = MessageDraft(subject=filled.subject or template.name, text=filled.text)
    message = write_message(uow, lead, draft, wait=UNDO_FOR, is_automatic=True)
    message.template_id = template.id
    uow.session.flush()
    return message


def _has_had(uow: UnitOfWork, lead: Lead, template: MailTemplate) -> bool:
    found = select(Message.id).where(
        Message.entity == Lead.__tablename__,
        Message.record_id == lead.id,
        Message.template_id == template.id,
        Message.state.not_in(_HELD_BACK),
    )
    return uow.session.scalar(found.limit(1)) is not None
