"""The catalogue of fields: each described once, for filters, lists, import, export."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select

from crmkit.core.contacts import Contact, ContactKind
from crmkit.core.errors import CrmError, mark
from crmkit.core.leads import Lead, LeadKind, Status
from crmkit.core.lost_reasons import LostReason
from crmkit.core.origins import Campaign, Medium, Source
from crmkit.core.stages import Stage, list_stages
from crmkit.core.tags import LeadTag, Tag
from crmkit.core.teams import Team
from crmkit.core.users import User

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "Field",
    "FieldType",
    "UnknownEntityError",
    "UnknownFieldError",
    "entities",
    "fields_of",
    "find_field",
]


class FieldType(StrEnum):
    """What kind of value a field holds."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    WHOLE = "whole"
    MONEY = "money"
    PERCENT = "percent"
    DATE = "date"
    MOMENT = "moment"
    YES_NO = "yes_no"
    CHOICE = "choice"
    REFERENCE = "reference"
    USER = "user"
    TEAM = "team"
    STAGE = "stage"
    CONTACT = "contact"
    TAGS = "tags"
    MAIL = "mail"
    PHONE = "phone"
    LINK = "link"
    COUNTRY = "country"
    LANGUAGE = "language"
    CURRENCY = "currency"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an entity. `column` reads it in SQL, `folded` its folded copy.

    `named` finds the ids of the records that a text names (a stage, a user).
    `computed` makes the criterion of a yes-or-no field that no column holds.
    """

    name: str
    label: str
    type: FieldType
    column: Any
    folded: Any = None
    named: Select[Any, Any] | None = None
    computed: Callable[[UnitOfWork], ColumnElement[bool]] | None = None
    is_editable: bool = True
    is_required: bool = False
    is_importable: bool = True
    choices: tuple[str, ...] = ()


class UnknownFieldError(CrmError):
    """No field has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(mark("There is no field “{name}”."), field=name, name=name)


class UnknownEntityError(CrmError):
    """Nothing of that name has fields."""

    def __init__(self, name: str) -> None:
        super().__init__(
            mark("There is no “{name}” here; try lead or contact."), name=name
        )


T = FieldType
_user_names = select(User.id, User.name_folded)
_team_names = select(Team.id, Team.name_folded)
_stage_names = select(Stage.id, Stage.name_folded)
_source_names = select(Source.id, Source.name_folded)
_medium_names = select(Medium.id, Medium.name_folded)
_campaign_names = select(Campaign.id, Campaign.name_folded)
_reason_names = select(LostReason.id, LostReason.name_folded)
_contact_names = select(Contact.id, Contact.name_folded)
_tag_names = select(LeadTag.lead_id, Tag.name_folded).join(
    Tag, Tag.id == LeadTag.tag_id
)
_statuses = tuple(Status)
_kinds = tuple(LeadKind)


def _address(table: Any) -> list[Field]:
    return [
        Field("street", mark("Street"), T.TEXT, table.street),
        Field("street2", mark("Street, second line"), T.TEXT, table.street2),
        Field("zip", mark("Postcode"), T.TEXT, table.zip),
        Field("city", mark("City"), T.TEXT, table.city),
        Field("state", mark("State or region"), T.TEXT, table.state),
        Field("country", mark("Country"), T.COUNTRY, table.country),
        Field("language", mark("Language"), T.LANGUAGE, table.language),
    ]


def _rotting(uow: UnitOfWork) -> ColumnElement[bool]:
    """Open leads that stand in their stage for longer than it allows."""
    slow = [
        and_(
            Lead.stage_id == stage.id,
            Lead.stage_entered_at <= uow.now() - timedelta(days=stage.rotting_days + 1),
        )
        for stage in list_stages(uow)
        if stage.rotting_days is not None
    ]
    return and_(Lead.status == Status.OPEN, or_(false(), *slow))


def _derived(name: str, label: str, kind: FieldType, column: Any) -> Field:
    return Field(name, label, kind, column, is_editable=False, is_importable=False)


_LEAD = [
    Field("name", mark("Title"), T.TEXT, Lead.name, Lead.name_folded, is_required=True),
    Field(
        "company_name", mark("Company"), T.TEXT, Lead.company_name, Lead.company_folded
    ),
    Field(
        "contact_name",
        mark("Contact name"),
        T.TEXT,
        Lead.contact_name,
        Lead.contact_folded,
    ),
    Field("email", mark("Mail"), T.MAIL, Lead.email, Lead.email_normalized),
    Field("phone", mark("Phone"), T.PHONE, Lead.phone),
    Field("website", mark("Website"), T.LINK, Lead.website),
    *_address(Lead),
    Field("stage", mark("Stage"), T.STAGE, Lead.stage_id, named=_stage_names),
    Field(
        "status",
        mark("Status"),
        T.CHOICE,
        Lead.status,
        is_editable=False,
        choices=_statuses,
    ),
    Field("team", mark("Team"), T.TEAM, Lead.team_id, named=_team_names),
    Field("owner", mark("Owner"), T.USER, Lead.owner_id, named=_user_names),
    Field("priority", mark("Priority"), T.WHOLE, Lead.priority),
    Field("tags", mark("Tags"), T.TAGS, Lead.id, named=_tag_names),
    Field("source", mark("Source"), T.REFERENCE, Lead.source_id, named=_source_names),
    Field("medium", mark("Medium"), T.REFERENCE, Lead.medium_id, named=_medium_names),
    Field(
        "campaign",
        mark("Campaign"),
        T.REFERENCE,
        Lead.campaign_id,
        named=_campaign_names,
    ),
    Field("expected_revenue", mark("Expected revenue"), T.MONEY, Lead.expected_revenue),
    Field("currency", mark("Currency"), T.CURRENCY, Lead.currency),
    Field("probability", mark("Probability"), T.PERCENT, Lead.probability),
    Field("expected_close", mark("Expected close"), T.DATE, Lead.expected_close),
    Field(
        "lost_reason",
        mark("Lost reason"),
        T.REFERENCE,
        Lead.lost_reason_id,
        named=_reason_names,
        is_editable=False,
    ),
    Field(
        "lost_note",
        mark("Closing note"),
        T.LONG_TEXT,
        Lead.lost_note,
        is_editable=False,
    ),
    Field("created_at", mark("Created"), T.MOMENT, Lead.created_at, is_editable=False),
    Field("closed_at", mark("Closed"), T.MOMENT, Lead.closed_at, is_editable=False),
    Field("kind", mark("Kind"), T.CHOICE, Lead.kind, is_editable=False, choices=_kinds),
    Field(
        "contact",
        mark("Contact"),
        T.CONTACT,
        Lead.contact_id,
        named=_contact_names,
        is_importable=False,
    ),
    Field(
        "is_rotting",
        mark("Rotting"),
        T.YES_NO,
        None,
        computed=_rotting,
        is_editable=False,
        is_importable=False,
    ),
    _derived("id", mark("Number"), T.WHOLE, Lead.id),
    _derived("weighted_revenue", mark("Weighted"), T.MONEY, Lead.weighted_revenue),
    _derived("base_revenue", mark("Expected, base"), T.MONEY, Lead.base_revenue),
    _derived("next_activity_at", mark("Next step"), T.MOMENT, Lead.next_activity_at),
    _derived(
        "stage_entered_at", mark("In stage since"), T.MOMENT, Lead.stage_entered_at
    ),
    _derived("assigned_at", mark("Assigned"), T.MOMENT, Lead.assigned_at),
    _derived("updated_at", mark("Changed"), T.MOMENT, Lead.updated_at),
    _derived("archived_at", mark("Archived"), T.MOMENT, Lead.archived_at),
]
_CONTACT = [
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
        "company", mark("Company"), T.CONTACT, Contact.company_id, named=_contact_names
    ),
    Field("email", mark("Mail"), T.MAIL, Contact.email, Contact.email_normalized),
    Field("phone", mark("Phone"), T.PHONE, Contact.phone),
    Field("website", mark("Website"), T.LINK, Contact.website),
    Field("vat", mark("VAT number"), T.TEXT, Contact.vat),
    *_address(Contact),
    Field("industry", mark("Industry"), T.TEXT, Contact.industry),
    Field("employees", mark("Employees"), T.TEXT, Contact.employees),
    Field("owner", mark("Owner"), T.USER, Contact.owner_id, named=_user_names),
    _derived("id", mark("Number"), T.WHOLE, Contact.id),
    _derived("created_at", mark("Created"), T.MOMENT, Contact.created_at),
    _derived("updated_at", mark("Changed"), T.MOMENT, Contact.updated_at),
]

_CATALOGUE: Mapping[str, Mapping[str, Field]] = {
    "lead": {field.name: field for field in _LEAD},
    "contact": {field.name: field for field in _CONTACT},
}


def entities() -> tuple[str, ...]:
    """The names of everything that has fields."""
    return tuple(_CATALOGUE)


def fields_of(entity: str) -> Mapping[str, Field]:
    """The fields of an entity by name, in the order in which forms show them."""
    if entity not in _CATALOGUE:
        raise UnknownEntityError(entity)
    return _CATALOGUE[entity]


def find_field(entity: str, name: str) -> Field:
    """The field of that name."""
    found = fields_of(entity).get(name)
    if found is None:
        raise UnknownFieldError(name)
    return found
