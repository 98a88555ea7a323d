"""The fields of leads, in the order in which forms show them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, false, or_, select

from crmkit.core.errors import mark
from crmkit.core.field_types import FieldType as T
from crmkit.core.fields.field import Field
from crmkit.core.fields.parts import (
    address_fields,
    contact_names,
    derived,
    user_names,
)
from crmkit.core.leads import Lead, LeadKind, Status
from crmkit.core.lost_reasons import LostReason
from crmkit.core.origins import Campaign, Medium, Source
from crmkit.core.stages import Stage, list_stages
from crmkit.core.tags import LeadTag, Tag
from crmkit.core.teams import Team
from crmkit.core.words import normalize_email

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmkit.core.uow import UnitOfWork

_team_names = select(Team.id, Team.name_folded)
_stage_names = select(Stage.id, Stage.name_folded)
_source_names = select(Source.id, Source.name_folded)
_medium_names = select(Medium.id, Medium.name_folded)
_campaign_names = select(Campaign.id, Campaign.name_folded)
_reason_names = select(LostReason.id, LostReason.name_folded)
_tag_names = select(LeadTag.lead_id, Tag.name_folded, Tag.id).join(
    Tag, Tag.id == LeadTag.tag_id
)
_statuses = tuple(Status)
_kinds = tuple(LeadKind)


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


def _is_rotting(uow: UnitOfWork, values: Mapping[str, Any]) -> bool:
    """The same of a lead's values."""
    stage = next((s for s in list_stages(uow) if s.id == values["stage"]), None)
    if values["status"] is not Status.OPEN or stage is None:
        return False
    limit = stage.rotting_days
    if limit is None:
        return False
    since: bool = values["stage_entered_at"] <= uow.now() - timedelta(days=limit + 1)
    return since


LEAD_FIELDS = [
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
    Field(
        "email",
        mark("Mail"),
        T.MAIL,
        Lead.email,
        Lead.email_normalized,
        folds=normalize_email,
    ),
    Field("phone", mark("Phone"), T.PHONE, Lead.phone),
    Field("website", mark("Website"), T.LINK, Lead.website),
    *address_fields(Lead),
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
    Field("owner", mark("Owner"), T.USER, Lead.owner_id, named=user_names),
    Field("priority", mark("Priority"), T.WHOLE, Lead.priority),
    Field("tags", mark("Tags"), T.TAGS, Lead.id, named=_tag_names, is_many=True),
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
        named=contact_names,
        is_importable=False,
    ),
    Field(
        "is_rotting",
        mark("Rotting"),
        T.YES_NO,
        None,
        computed=_rotting,
        judged=_is_rotting,
        is_editable=False,
        is_importable=False,
    ),
    derived("id", mark("Number"), T.WHOLE, Lead.id),
    derived("weighted_revenue", mark("Weighted"), T.MONEY, Lead.weighted_revenue),
    derived("base_revenue", mark("Expected, base"), T.MONEY, Lead.base_revenue),
    derived("next_activity_at", mark("Next step"), T.MOMENT, Lead.next_activity_at),
    derived(
        "stage_entered_at", mark("In stage since"), T.MOMENT, Lead.stage_entered_at
    ),
    derived("assigned_at", mark("Assigned"), T.MOMENT, Lead.assigned_at),
    derived("updated_at", mark("Changed"), T.MOMENT, Lead.updated_at),
    derived("archived_at", mark("Archived"), T.MOMENT, Lead.archived_at),
]
