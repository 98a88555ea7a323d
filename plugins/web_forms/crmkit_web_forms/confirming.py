"""The mail that says to a visitor that the answer came; nobody is bombed with it.

Anybody can type anybody's address. So it shows nothing of what was typed, an address
gets one automatic mail a day, whatever follows a plus sign in it, and a form that makes
leads faster than the settings say sends none.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from crmkit.core import (
    CrmError,
    Lead,
    Message,
    MessageState,
    get_template,
    mark,
    settings_of,
    shows_lead,
    write_mail_of_template,
)
from crmkit_web_forms.settings import Options
from crmkit_web_forms.tables import Answer, AnswerState

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from crmkit.core import UnitOfWork
    from crmkit_web_forms.tables import Form

_HELD_BACK = (MessageState.CANCELLED, MessageState.FAILED)


class TalkativeError(CrmError):
    """A confirmation would show to a stranger what another stranger typed."""

    plugin_id = "web_forms"

    def __init__(self, name: str) -> None:
        super().__init__(
            mark(
                "The mail “{name}” shows something of the lead. A confirmation shows "
                "nothing that a visitor typed: choose a mail without such places."
            ),
            field="mail_template_id",
            name=name,
        )


def check_confirmation(uow: UnitOfWork, template_id: int) -> None:
    """Raise where a template is not in use, or shows anything of a lead."""
    template = get_template(uow, template_id)
    if shows_lead(template):
        raise TalkativeError(template.name)


def confirm(uow: UnitOfWork, form: Form, lead: Lead) -> None:
    """Write the confirmation of a form to a new lead's address, if it may be sent.

    Raises TalkativeError where its template was changed and shows something now, and
    NotFoundError where it is out of use.
    """
    if form.mail_template_id is None or lead.email_normalized is None:
        return
    check_confirmation(uow, form.mail_template_id)
    if not _is_busy(uow, form) and not _was_written_to(uow, lead.email_normalized):
        write_mail_of_template(uow, lead, form.mail_template_id)


def _is_busy(uow: UnitOfWork, form: Form) -> bool:
    made = select(func.count()).where(
        Answer.form_id == form.id,
        Answer.state == AnswerState.LEAD,
        Answer.processed_at > uow.now() - timedelta(hours=1),
    )
    most = settings_of(uow, Options).mails_per_hour
    return (uow.session.scalar(made) or 0) > most


def _was_written_to(uow: UnitOfWork, address: str) -> bool:
    """Whether an automatic mail was written to that mailbox within a day."""
    found = (
        select(Message.id)
        .join(Lead, Lead.id == Message.record_id)
        .where(
            Message.entity == Lead.__tablename__,
            Message.is_automatic.is_(True),
            Message.direction == "out",
            Message.state.not_in(_HELD_BACK),
            Message.created_at > uow.now() - timedelta(days=1),
            _same_mailbox(address),
        )
    )
    return uow.session.scalar(found.limit(1)) is not None


def _same_mailbox(address: str) -> ColumnElement[bool]:
    local, _, domain = address.rpartition("@")
    name = local.partition("+")[0]
    return or_(
        Lead.email_normalized == f"{name}@{domain}",
        Lead.email_normalized.startswith(f"{name}+", autoescape=True)
        & Lead.email_normalized.endswith(f"@{domain}", autoescape=True),
    )
