"""The fields of activities, by which the agenda is filtered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, select

from crmkit.core.activities import Activity
from crmkit.core.activity_types import ActivityType
from crmkit.core.errors import mark
from crmkit.core.field_types import FieldType as T
from crmkit.core.fields.field import Field
from crmkit.core.fields.parts import derived, user_names
from crmkit.core.leads import Lead
from crmkit.core.stages import Stage
from crmkit.core.teams import Team

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmkit.core.uow import UnitOfWork

_type_names = select(ActivityType.slug, ActivityType.name_folded)
_lead_names = select(Lead.id, Lead.name_folded)
_stage_names = select(Stage.id, Stage.name_folded)
_team_names = select(Team.id, Team.name_folded)


def _done(_uow: UnitOfWork) -> ColumnElement[bool]:
    return Activity.done_at.is_not(None)


def _late(uow: UnitOfWork) -> ColumnElement[bool]:
    return and_(Activity.done_at.is_(None), Activity.due_on < uow.today())


def _computed(
    name: str, label: str, criterion: Callable[[UnitOfWork], ColumnElement[bool]]
) -> Field:
    return Field(
        name,
        label,
        T.YES_NO,
        None,
        computed=criterion,
        is_editable=False,
        is_importable=False,
    )


ACTIVITY_FIELDS = [
    Field("type", mark("Type"), T.REFERENCE, Activity.type, named=_type_names),
    Field("due_on", mark("Due"), T.DATE, Activity.due_on),
    Field("owner", mark("Owner"), T.USER, Activity.owner_id, named=user_names),
    _computed("is_done", mark("Done"), _done),
    _computed("is_late", mark("Overdue"), _late),
    derived("done_at", mark("Done at"), T.MOMENT, Activity.done_at),
    derived("created_at", mark("Planned at"), T.MOMENT, Activity.created_at),
    Field("lead", mark("Lead"), T.REFERENCE, Activity.lead_id, named=_lead_names),
    Field(
        "company_name", mark("Company"), T.TEXT, Lead.company_name, Lead.company_folded
    ),
    Field("stage", mark("Stage"), T.STAGE, Lead.stage_id, named=_stage_names),
    Field("team", mark("Team"), T.TEAM, Lead.team_id, named=_team_names),
    derived("id", mark("Number"), T.WHOLE, Activity.id),
]
