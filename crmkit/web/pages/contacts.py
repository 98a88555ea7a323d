"""The page of a contact."""

from __future__ import annotations

from types import SimpleNamespace

from fastapi import APIRouter
from sqlalchemy import or_, select
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    Contact,
    Lead,
    UnitOfWork,
    get_contact,
    get_leads,
    visible_contacts,
)
from crmkit.web.answers import page
from crmkit.web.pages.contact_facts import ContactFacts
from crmkit.web.pages.entries import Entry, entries_of_many
from crmkit.web.pages.files import files_context
from crmkit.web.pages.lead import leads_like
from crmkit.web.pages.shown import Shower
from crmkit.web.slots import contact_panels_of
from crmkit.web.work import work

routes = APIRouter(include_in_schema=False)


def _names(uow: UnitOfWork, ids: list[int | None]) -> dict[int | None, str]:
    wanted = {company_id for company_id in ids if company_id is not None}
    if not wanted:
        return {}
    rows = uow.session.execute(
        select(Contact.id, Contact.name).where(
            Contact.id.in_(wanted), visible_contacts(uow)
        )
    )
    return {contact_id: name for contact_id, name in rows}  # noqa: C416  (a Result has keys)


def _row(contact: Contact, company_name: str | None) -> SimpleNamespace:
    names = ["id", "name", "kind", "email", "phone", "city"]
    return SimpleNamespace(
        **{name: getattr(contact, name) for name in names}, company_name=company_name
    )


@routes.get("/contacts/{contact_id}")
def show_contact(request: Request, contact_id: int) -> Response:
    """The page of a contact."""
    with work(request) as uow:
        contact = get_contact(uow, contact_id)
        company = _names(uow, [contact.company_id]).get(contact.company_id)
        mine = [Lead.contact_id == contact.id]
        if contact.email_normalized is not None:
            mine.append(Lead.email_normalized == contact.email_normalized)
        leads = leads_like(uow, or_(*mine))
        return page(
            request,
            uow,
            "contacts/page.html",
            here="contacts",
            contact=_row(contact, company),
            facts=ContactFacts(request, uow, contact).groups(),
            fields_at=f"/contacts/{contact.id}/fields",
            leads=leads,
            happened=_happened(request, uow, [lead.id for lead in leads]),
            panels=contact_panels_of(request, uow, contact),
            **files_context(uow, contact),
        )


def _happened(
    request: Request, uow: UnitOfWork, ids: list[int]
) -> list[tuple[Entry, Lead]]:
    """What happened with the leads of a contact."""
    leads = {lead.id: lead for lead in get_leads(uow, ids)}
    if not leads:
        return []
    shower = Shower(request, uow, next(iter(leads.values())))
    return entries_of_many(shower, leads)
