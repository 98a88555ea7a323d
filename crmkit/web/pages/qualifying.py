"""Qualifying a lead: the dialog that asks for contact, owner and team."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    ContactChoice,
    ContactMode,
    CrmError,
    Lead,
    LeadKind,
    QualifyDraft,
    Status,
    UnitOfWork,
    get_lead,
    list_teams,
    list_users,
    mark,
    matching_contacts,
    qualify_lead,
)
from crmkit.web.answers import changed, is_part, page, sentence
from crmkit.web.pages.blanks import Blank
from crmkit.web.pages.similar import similar_leads
from crmkit.web.work import work

routes = APIRouter(include_in_schema=False)

QUALIFIED = mark("{lead} is an opportunity now")
NEW_PERSON = mark("New: {person}")
NEW_IN_COMPANY = mark("New: {person}, {company}")
NO_CONTACT = mark("No contact")
MERGED = mark("{lead} went into {other}")
OPEN_IT = mark("Open it")
TWINS = 5


class QualifyForm(BaseModel):
    """The contact is `create`, `none` or the id of a known one."""

    contact: str = ContactMode.NONE
    owner_id: Blank = None
    team_id: Blank = None
    merge_into: Blank = None

    def draft(self) -> QualifyDraft:
        """What the core takes."""
        if self.contact in {ContactMode.CREATE, ContactMode.NONE}:
            choice = ContactChoice(mode=ContactMode(self.contact))
        else:
            known = int(self.contact) if self.contact.isdecimal() else 0
            choice = ContactChoice(mode=ContactMode.LINK, id=known)
        return QualifyDraft(
            contact=choice,
            owner_id=self.owner_id,
            team_id=self.team_id,
            merge_into=self.merge_into,
        )


def _contacts(
    request: Request, uow: UnitOfWork, lead: Lead
) -> list[tuple[str | int, str]]:
    """The choices of contact: who is known, the one that the lead says, none."""
    known: list[tuple[str | int, str]] = [
        (one.id, " · ".join(filter(None, (one.name, one.email, one.phone))))
        for one in matching_contacts(uow, lead)
    ]
    person, company = lead.contact_name, lead.company_name
    text = NEW_IN_COMPANY if person and company else NEW_PERSON
    new = sentence(request, uow, text).format(
        person=person or company or lead.name, company=company
    )
    none = sentence(request, uow, NO_CONTACT)
    return [*known, (ContactMode.CREATE.value, new), (ContactMode.NONE.value, none)]


def _twins(
    request: Request, uow: UnitOfWork, lead: Lead
) -> list[tuple[Lead, tuple[str, ...]]]:
    """Open leads that may be the same, opportunities first, each with the reasons."""
    found = similar_leads(request, uow, lead)
    still_open = [(one, why) for one, why in found if one.status is not Status.WON]
    still_open.sort(key=lambda pair: pair[0].kind is not LeadKind.OPPORTUNITY)
    return still_open[:TWINS]


def _begin(lead: Lead, contacts: list[tuple[str | int, str]]) -> QualifyForm:
    """Who is known comes first, then whom the lead names, else nobody."""
    is_known = contacts[0][0] != ContactMode.CREATE
    is_named = bool(lead.contact_name or lead.company_name)
    best = contacts[0][0] if is_known or is_named else ContactMode.NONE
    return QualifyForm(contact=str(best), owner_id=lead.owner_id, team_id=lead.team_id)


def _dialog(
    request: Request,
    uow: UnitOfWork,
    lead: Lead,
    form: QualifyForm | None = None,
    error: tuple[str, str] = ("", ""),
) -> Response:
    is_script = is_part(request) or request.headers.get("hx-request") == "true"
    contacts = _contacts(request, uow, lead)
    return page(
        request,
        uow,
        "lead/_qualify.html" if is_script else "lead/qualify.html",
        422 if error[1] else 200,
        lead=lead,
        form=form or _begin(lead, contacts),
        contacts=contacts,
        twins=_twins(request, uow, lead),
        owners=[(user.id, user.name) for user in list_users(uow)],
        teams=[(team.id, team.name) for team in list_teams(uow)],
        errors=dict([error]),
    )


@routes.get("/leads/{lead_id}/qualify")
def ask(request: Request, lead_id: int) -> Response:
    """The dialog that asks how a lead is qualified."""
    with work(request) as uow:
        return _dialog(request, uow, get_lead(uow, lead_id))


@routes.post("/leads/{lead_id}/qualify")
def qualify(
    request: Request, lead_id: int, form: Annotated[QualifyForm, Form()]
) -> Response:
    """Make an opportunity of a lead, or ask again."""
    with work(request) as uow:
        lead = get_lead(uow, lead_id)
        try:
            with uow.session.begin_nested():
                left = qualify_lead(uow, lead, form.draft())
        except CrmError as error:
            uow.session.refresh(lead)
            said = error.text(lambda text: sentence(request, uow, text))
            field = (error.field or "").replace("contact_id", "contact")
            return _dialog(request, uow, lead, form, (field, said))
        said = sentence(request, uow, QUALIFIED).format(lead=left.name)
        if left.id == lead.id:
            return changed(request, uow, said)
        said = sentence(request, uow, MERGED).format(lead=lead.name, other=left.name)
        label = sentence(request, uow, OPEN_IT)
        href = f"/leads/{left.id}"
        return changed(request, uow, said, href=href, link_label=label)
