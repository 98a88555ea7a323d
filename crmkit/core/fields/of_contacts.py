"""The fields of contacts, in the order in which forms show them."""

from __future__ import annotations

from crmkit.core.contacts import Contact, ContactKind
from crmkit.core.errors import mark
from crmkit.core.field_types import FieldType as T
from crmkit.core.fields.field import Field
from crmkit.core.fields.parts import (
    address_fields,
    contact_names,
    derived,
    user_names,
)
from crmkit.core.words import normalize_email

CONTACT_FIELDS = [
    Field(
        "name",
        mark("Name"),
        T.TEXT,
        Contact.name,
        Contact.name_folded,
        is_required=True,
    ),
    Field(
        "kind",
        mark("Kind"),
        T.CHOICE,
        Contact.kind,
        choices=tuple(ContactKind),
    ),
    Field(
        "company", mark("Company"), T.CONTACT, Contact.company_id, named=contact_names
    ),
    Field(
        "email",
        mark("Mail"),
        T.MAIL,
        Contact.email,
        Contact.email_normalized,
        folds=normalize_email,
    ),
    Field("phone", mark("Phone"), T.PHONE, Contact.phone),
    Field("website", mark("Website"), T.LINK, Contact.website),
    Field("vat", mark("VAT number"), T.TEXT, Contact.vat),
    *address_fields(Contact),
    Field(
        "industry", mark("Industry"), T.TEXT, Contact.industry, Contact.industry_folded
    ),
    Field("employees", mark("Employees"), T.TEXT, Contact.employees),
    Field("owner", mark("Owner"), T.USER, Contact.owner_id, named=user_names),
    derived("id", mark("Number"), T.WHOLE, Contact.id),
    derived("created_at", mark("Created"), T.MOMENT, Contact.created_at),
    derived("updated_at", mark("Changed"), T.MOMENT, Contact.updated_at),
]
