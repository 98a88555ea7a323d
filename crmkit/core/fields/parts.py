"""What the fields of several entities share: names of records, addresses."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from crmkit.core.contacts import Contact
from crmkit.core.errors import mark
from crmkit.core.field_types import FieldType as T
from crmkit.core.fields.field import Field
from crmkit.core.users import User

user_names = select(User.id, User.name_folded)
contact_names = select(Contact.id, Contact.name_folded)


def address_fields(table: Any) -> list[Field]:
    """The parts of an address, and the language that is spoken there."""
    return [
        Field("street", mark("Street"), T.TEXT, table.street),
        Field("street2", mark("Street, second line"), T.TEXT, table.street2),
        Field("zip", mark("Postcode"), T.TEXT, table.zip),
        Field("city", mark("City"), T.TEXT, table.city, table.city_folded),
        Field(
            "state", mark("State or region"), T.TEXT, table.state, table.state_folded
        ),
        Field("country", mark("Country"), T.COUNTRY, table.country),
        Field("language", mark("Language"), T.LANGUAGE, table.language),
    ]


def derived(name: str, label: str, kind: T, column: Any) -> Field:
    """A field that follows from others or from what happened."""
    return Field(name, label, kind, column, is_editable=False, is_importable=False)
