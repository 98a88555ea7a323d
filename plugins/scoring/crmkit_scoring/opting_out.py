"""Contacts that are not profiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from crmkit.core import Fact, Lead, Role, Status, record, rescore_leads
from crmkit_scoring.tables import OptOut

if TYPE_CHECKING:
    from datetime import datetime

    from crmkit.core import Contact, UnitOfWork


def is_opted_out(uow: UnitOfWork, contact: Contact) -> bool:
    """Whether leads of this contact take the default of their stage."""
    return opted_out_at(uow, contact) is not None


def opted_out_at(uow: UnitOfWork, contact: Contact) -> datetime | None:
    """Since when a contact is not profiled; None for one that is."""
    row = uow.session.get(OptOut, contact.id)
    return None if row is None else row.at


def set_opt_out(uow: UnitOfWork, contact: Contact, *, is_out: bool) -> None:
    """Profile a contact no more, or again; its open leads follow. From role team on."""
    uow.require(Role.TEAM)
    row = uow.session.get(OptOut, contact.id)
    if (row is not None) == is_out:
        return
    if row is None:
        uow.session.add(OptOut(contact_id=contact.id, at=uow.now()))
    else:
        uow.session.delete(row)
    uow.session.flush()
    said = {"is_profiled": (is_out, not is_out)}
    fact = Fact("scoring.opt_out", "contact", contact.id, contact.version, said)
    record(uow, [fact])
    leads = select(Lead).where(
        Lead.contact_id == contact.id,
        Lead.status == Status.OPEN,
        Lead.deleted_at.is_(None),
    )
    rescore_leads(uow, uow.session.scalars(uow.locked(leads)).all())
