"""Where a lead and its contact say different things; a value goes over when asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import select

from crmkit.core.contacts import Contact, ContactKind, edit_contact, visible_contacts
from crmkit.core.leads import edit_lead
from crmkit.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Collection

    from crmkit.core.leads import Lead
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "CopyTo",
    "Disagreement",
    "copy_values",
    "differing",
    "disagreements",
]

_SHARED = tuple("email phone website street street2 zip city state country".split())
# Of these it is what they mean that counts, not how they are written.
_MEANING = {"email": "email_normalized", "phone": "phone_e164"}


class CopyTo(StrEnum):
    """Whose values become those of the other."""

    LEAD = "lead"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A field of a lead whose value is another than its contact's."""

    field: str
    of_lead: str | None
    of_contact: str | None


def disagreements(uow: UnitOfWork, lead: Lead) -> tuple[Disagreement, ...]:
    """The fields in which `lead` and its contact differ, in more than spelling."""
    contact = _contact_of(uow, lead)
    return () if contact is None else differing(lead, contact)


def _contact_of(uow: UnitOfWork, lead: Lead) -> Contact | None:
    if lead.contact_id is None:
        return None
    query = select(Contact).where(Contact.id == lead.contact_id, visible_contacts(uow))
    return uow.session.scalar(query)


def differing(lead: Lead, contact: Contact) -> tuple[Disagreement, ...]:
    """The fields in which a lead and a contact differ, in more than spelling."""
    pairs = [
        (name, getattr(lead, name), getattr(contact, name))
        for name in _SHARED
        if not _is_same(name, lead, contact)
    ]
    own = _name_field(contact)
    if fold(getattr(lead, own) or "") != fold(contact.name):
        pairs.insert(0, (own, getattr(lead, own), contact.name))
    return tuple(Disagreement(*pair) for pair in pairs)


def _name_field(contact: Contact) -> str:
    is_company = contact.kind is ContactKind.COMPANY
    return "company_name" if is_company else "contact_name"


def _is_same(name: str, lead: Lead, contact: Contact) -> bool:
    meaning = _MEANING.get(name)
    if meaning and getattr(lead, meaning) and getattr(contact, meaning):
        return bool(getattr(lead, meaning) == getattr(contact, meaning))
    one, other = getattr(lead, name) or "", getattr(contact, name) or ""
    return fold(one) == fold(other)


def copy_values(
    uow: UnitOfWork, lead: Lead, fields: Collection[str], to: CopyTo
) -> tuple[str, ...]:
    """Copy values between a lead and its contact; the fields that were copied.

    An empty value never takes the place of one that is there.
    """
    contact = _contact_of(uow, lead)
    if contact is None:
        return ()
    wanted = [one for one in differing(lead, contact) if one.field in fields]
    if to is CopyTo.LEAD:
        values = {one.field: one.of_contact for one in wanted if one.of_contact}
        edit_lead(uow, lead, values)
        return tuple(values)
    own = _name_field(contact)
    values = {one.field: one.of_lead for one in wanted if one.of_lead}
    renamed = {"name" if name == own else name: text for name, text in values.items()}
    edit_contact(uow, contact, renamed)
    return tuple(values)
