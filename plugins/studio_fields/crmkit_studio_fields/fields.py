"""Making fields: what can be chosen, what can be typed, what no longer shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crmkit.core import (
    CrmError,
    CustomField,
    CustomFieldDraft,
    FieldType,
    add_field,
    list_custom_fields,
    mark,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmkit.core import Field, UnitOfWork

PLUGIN = "studio_fields"
MOST_CHOICES = 500
LONGEST_CHOICE = 120
ENTITIES: Mapping[str, str] = {"lead": mark("Leads"), "contact": mark("Contacts")}
TYPES: Mapping[FieldType, tuple[str, str]] = {
    FieldType.TEXT: (mark("Text"), "forms"),
    FieldType.LONG_TEXT: (mark("Long text"), "note"),
    FieldType.WHOLE: (mark("Whole number"), "selector"),
    FieldType.DECIMAL: (mark("Decimal number"), "chart-line"),
    FieldType.MONEY: (mark("Amount"), "arrows-exchange"),
    FieldType.PERCENT: (mark("Percent"), "adjustments"),
    FieldType.DATE: (mark("Date"), "calendar"),
    FieldType.MOMENT: (mark("Date and time"), "clock"),
    FieldType.YES_NO: (mark("Yes or no"), "check"),
    FieldType.CHOICE: (mark("Choice"), "circle-check"),
    FieldType.CHOICES: (mark("Several choices"), "square-check"),
    FieldType.LINK: (mark("Link"), "external-link"),
    FieldType.MAIL: (mark("Mail address"), "mail"),
    FieldType.PHONE: (mark("Phone number"), "phone"),
    FieldType.USER: (mark("User"), "user"),
    FieldType.CONTACT: (mark("Contact"), "address-book"),
    FieldType.RELATED: (mark("Value of a contact"), "eye"),
}
"""The types that one can choose, with their words and signs."""


class LabelError(CrmError):
    """A field needs something to be called by."""

    def __init__(self) -> None:
        super().__init__(mark("Give the field a label."), field="label")


class SlugError(CrmError):
    """A name for scripts is made of small letters, digits and underscores."""

    def __init__(self) -> None:
        super().__init__(
            mark("Up to 40 small letters, digits and _, a letter first."), field="slug"
        )


class ManyChoicesError(CrmError):
    """There are too many choices, or one is too long to be chosen from."""

    def __init__(self) -> None:
        super().__init__(
            mark("At most {most} choices of {longest} characters."),
            field="choices",
            most=MOST_CHOICES,
            longest=LONGEST_CHOICE,
        )


def check_typed(label: str, slug: str, choices: Sequence[str]) -> None:
    """Raise the error that says what cannot be in a typed label, name or choice."""
    if not label.strip():
        raise LabelError
    if slug and not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", slug):
        raise SlugError
    longest = max(map(len, choices), default=0)
    if len(choices) > MOST_CHOICES or longest > LONGEST_CHOICE:
        raise ManyChoicesError


def make_field(uow: UnitOfWork, draft: CustomFieldDraft) -> CustomField:
    """A new field, which hides while this plugin is switched off."""
    return add_field(uow, draft, plugin_id=PLUGIN)


def list_related(uow: UnitOfWork, entity: str) -> list[tuple[str, tuple[Field, ...]]]:
    """What a related field of an entity can show: each path with its fields."""
    return list(uow.catalogue.sources(entity))


def list_broken(uow: UnitOfWork, entity: str) -> list[CustomField]:
    """The related fields that show nothing, because what they go through is gone."""
    shown = uow.catalogue.fields[entity]
    return [one for one in list_custom_fields(uow, entity) if one.slug not in shown]
