"""Qualifying: a lead becomes an opportunity, with a contact and somebody to sell it."""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, model_validator
from sqlalchemy import or_, select

from crmkit.core.access import check_in_sight
from crmkit.core.contacts import (
    Contact,
    ContactDraft,
    ContactKind,
    companies_by_name,
    create_contact,
    visible_contacts,
)
from crmkit.core.drafts import Draft, RecordId
from crmkit.core.errors import CrmError, mark
from crmkit.core.leads import (
    Lead,
    LeadKind,
    NotOpenError,
    Status,
    edit_lead,
    get_lead,
)
from crmkit.core.leads.changes import follow
from crmkit.core.leads.choices import check_contacts, check_owners, check_teams
from crmkit.core.leads.closing import set_fields
from crmkit.core.leads.saving import save, tell
from crmkit.core.merging import MergeDraft, merge_leads
from crmkit.core.words import fold
from crmkit.hooks import lead_qualified

if TYPE_CHECKING:
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "AlreadyQualifiedError",
    "ContactChoice",
    "ContactMode",
    "QualifyDraft",
    "matching_contacts",
    "qualify_lead",
]

MATCHES = 10
_COPIED = tuple(
    "email phone website street street2 zip city state country language".split()
)


class ContactMode(StrEnum):
    """Where the contact of a qualified lead comes from."""

    CREATE = "create"
    LINK = "link"
    NONE = "none"


class NoContactNamedError(ValueError):
    """Linking, without saying to whom."""

    def __init__(self) -> None:
        super().__init__("Name the contact to link (id).")


class ContactChoice(Draft):
    """A new contact from what the lead says, a known one by `id`, or none new."""

    mode: ContactMode = ContactMode.NONE
    id: RecordId | None = None

    @model_validator(mode="after")
    def _has_id(self) -> Self:
        if self.mode is ContactMode.LINK and self.id is None:
            raise NoContactNamedError
        return self


class QualifyDraft(Draft):
    """How a lead is qualified; owner and team stay where they are not named.

    `merge_into` is the opportunity, or lead, that it turned out to be the same as.
    """

    contact: ContactChoice = Field(default_factory=ContactChoice)
    owner_id: RecordId | None = None
    team_id: RecordId | None = None
    merge_into: RecordId | None = None


class SameLeadError(CrmError):
    """A lead is to be merged into itself."""

    def __init__(self) -> None:
        super().__init__(mark("A lead is not merged into itself."), field="merge_into")


class AlreadyQualifiedError(CrmError):
    """The lead is an opportunity already."""

    status = HTTPStatus.CONFLICT

    def __init__(self, lead: Lead) -> None:
        super().__init__(mark("{lead} is an opportunity already."), lead=lead.name)


def qualify_lead(uow: UnitOfWork, lead: Lead, draft: QualifyDraft) -> Lead:
    """The opportunity that `lead` becomes, or that it is merged into.

    It stays in its stage where its team may.

    Nothing that the lead says is overwritten by what its contact says. Raises
    NotOpenError for a closed lead, AlreadyQualifiedError for an opportunity.
    """
    if lead.status is not Status.OPEN:
        raise NotOpenError(lead)
    if lead.kind is LeadKind.OPPORTUNITY:
        raise AlreadyQualifiedError(lead)
    if draft.merge_into is not None:
        return _merge(uow, lead, draft)
    wanted: dict[str, Any] = {
        name: getattr(draft, name)
        for name in ("owner_id", "team_id")
        if name in draft.model_fields_set
    }
    check_teams(uow, [wanted.get("team_id")])
    check_owners(uow, [wanted.get("owner_id")])
    owner_id = wanted.get("owner_id", lead.owner_id)
    check_in_sight(uow, owner_id, wanted.get("team_id", lead.team_id))
    wanted |= {"kind": LeadKind.OPPORTUNITY, "qualified_at": uow.now()}
    wanted |= _contact(uow, lead, draft.contact, owner_id)
    changed = set_fields(lead, wanted)
    follow(uow, lead, changed)
    save(uow, [lead], "lead.qualified", {lead.id: changed})
    tell(uow, lead_qualified, [lead])
    return lead


def _merge(uow: UnitOfWork, lead: Lead, draft: QualifyDraft) -> Lead:
    """What stays of `lead` and the one it is the same as, which is an opportunity."""
    other = get_lead(uow, draft.merge_into or 0)
    if other.id == lead.id:
        raise SameLeadError
    chosen = draft.model_fields_set & {"owner_id", "team_id"}
    named = {name: getattr(draft, name) for name in chosen}
    asked = MergeDraft(ids=(lead.id, other.id), master_id=other.id, **named)
    merge_leads(uow, asked)
    if other.kind is LeadKind.LEAD:
        rest = draft.model_copy(update={"merge_into": None})
        return qualify_lead(uow, other, rest)
    if other.contact_id is None:
        found = _contact(uow, other, draft.contact, other.owner_id)
        if found:
            edit_lead(uow, other, found)
    return other


def _contact(
    uow: UnitOfWork, lead: Lead, choice: ContactChoice, owner_id: int | None
) -> dict[str, Any]:
    if choice.mode is ContactMode.NONE:
        return {}
    if choice.mode is ContactMode.LINK:
        check_contacts(uow, [choice.id])
        return {"contact_id": choice.id}
    company_id = _company(uow, lead, owner_id)
    # A firm without anybody's name is the contact itself.
    if company_id is not None and not lead.contact_name:
        return {"contact_id": company_id}
    draft = ContactDraft(
        name=lead.contact_name or lead.name,
        company_id=company_id,
        owner_id=owner_id,
        **_reached(lead),
    )
    return {"contact_id": create_contact(uow, draft).id}


def _company(uow: UnitOfWork, lead: Lead, owner_id: int | None) -> int | None:
    """The company that the lead names: the one that is known, or else a new one."""
    if not lead.company_name:
        return None
    known = companies_by_name(uow, [lead.company_name]).get(fold(lead.company_name))
    if known is not None:
        return known
    reached = _reached(lead)
    if lead.contact_name:
        # Mail and telephone are the person's.
        reached = {n: v for n, v in reached.items() if n not in {"email", "phone"}}
    draft = ContactDraft(
        name=lead.company_name, kind=ContactKind.COMPANY, owner_id=owner_id, **reached
    )
    return create_contact(uow, draft).id


def _reached(lead: Lead) -> dict[str, Any]:
    return {name: getattr(lead, name) for name in _COPIED}


def matching_contacts(uow: UnitOfWork, lead: Lead) -> list[Contact]:
    """Contacts that the lead may be of, the likeliest first, at most ten.

    The lead's own, then those of its mail address, its telephone, its company.
    """
    company = fold(lead.company_name or "")
    rules = [
        rule
        for value, rule in (
            (lead.contact_id, Contact.id == lead.contact_id),
            (lead.email_normalized, Contact.email_normalized == lead.email_normalized),
            (lead.phone_e164, Contact.phone_e164 == lead.phone_e164),
            (company, Contact.name_folded == company),
        )
        if value
    ]
    if not rules:
        return []
    found = uow.session.scalars(
        select(Contact)
        .where(visible_contacts(uow), or_(*rules))
        .order_by(Contact.id)
        .limit(MATCHES)
    )
    return sorted(found, key=lambda contact: _rank(lead, contact))


def _rank(lead: Lead, contact: Contact) -> int:
    if contact.id == lead.contact_id:
        return 0
    same_mail = contact.email_normalized == lead.email_normalized
    return 1 if lead.email_normalized and same_mail else 2
