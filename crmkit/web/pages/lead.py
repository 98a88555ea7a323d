"""The page of one lead."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from sqlalchemy import or_, select
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    Lead,
    Stage,
    Status,
    UnitOfWork,
    differing,
    get_lead_with_around,
    list_users,
    visible,
)
from crmkit.web.answers import is_part, page
from crmkit.web.pages.composing import mail_context
from crmkit.web.pages.entries import entries_of
from crmkit.web.pages.files import files_context
from crmkit.web.pages.planning import types_in_use
from crmkit.web.pages.shown import Shower
from crmkit.web.slots import panels_of
from crmkit.web.work import work

if TYPE_CHECKING:
    from decimal import Decimal

routes = APIRouter(include_in_schema=False)

Kind = Annotated[str, Query(max_length=24)]
Before = Annotated[int | None, Query(ge=1, le=2**62)]


@dataclass(frozen=True, slots=True)
class OtherLead:
    """Another lead of the same contact."""

    id: int
    name: str
    status: Status
    stage_name: str
    stage_probability: Decimal
    expected_revenue: Decimal
    currency: str
    probability: Decimal


def leads_like(uow: UnitOfWork, criterion: object) -> list[OtherLead]:
    """Leads that the actor may see and that fulfil `criterion`, newest first."""
    rows = uow.session.execute(
        select(
            Lead.id,
            Lead.name,
            Lead.status,
            Stage.name,
            Stage.probability,
            Lead.expected_revenue,
            Lead.currency,
            Lead.probability,
        )
        .join(Stage, Stage.id == Lead.stage_id)
        .where(visible(uow), criterion)  # type: ignore[arg-type]  # a SQL criterion
        .order_by(Lead.id.desc())
        .limit(20)
    )
    return [OtherLead(*row) for row in rows]


def history_of(uow: UnitOfWork, lead: Lead) -> list[OtherLead]:
    """The other leads of the same contact, or of the same mail address."""
    same = []
    if lead.contact_id is not None:
        same.append(Lead.contact_id == lead.contact_id)
    if lead.email_normalized is not None:
        same.append(Lead.email_normalized == lead.email_normalized)
    return leads_like(uow, or_(*same) & (Lead.id != lead.id)) if same else []


def lead_context(
    request: Request,
    uow: UnitOfWork,
    lead: Lead,
) -> dict[str, object]:
    """All that the templates of a lead's page want."""
    return _context(Shower(request, uow, lead))


def _context(
    shower: Shower, kind: str = "", before: int | None = None
) -> dict[str, object]:
    """All that the templates want, the timeline of a kind alone."""
    request, uow, lead = shower.request, shower.uow, shower.lead
    people, around = list_users(uow), shower.around
    shower.know_people(people)
    stage = next((s for s in shower.stages if s.id == lead.stage_id), None)
    names = (
        "id version kind name status company_name contact_name contact_id priority "
        "expected_revenue weighted_revenue base_revenue base_weighted currency "
        "probability probability_is_manual"
    ).split()
    shown = SimpleNamespace(
        **{name: getattr(lead, name) for name in names},
        stage=stage,
        tags=shower.tags,
    )
    return {
        "here": "leads",
        "lead": shown,
        "path_steps": shower.path(),
        "facts": shower.facts(),
        "next_activity": around.next_activity,
        "entries": entries_of(shower, kind, before),
        "history": history_of(uow, lead),
        "activity_types": types_in_use(uow),
        "people": [(user.id, user.name) for user in people],
        "panels": panels_of(request, uow, lead),
        "followers": [one for one in people if one.id in around.follower_ids],
        "disagreements": [
            {**asdict(one), "label": shower.fact(one.field).label}
            for one in (differing(lead, around.contact) if around.contact else ())
        ],
        **files_context(uow, lead),
        **mail_context(uow, lead, around.bounce),
    }


@routes.get("/leads/{lead_id}")
def show_lead(
    request: Request, lead_id: int, kind: Kind = "", before: Before = None
) -> Response:
    """The page of a lead; its timeline of a kind alone, or from a moment back."""
    with work(request) as uow:
        lead, around = get_lead_with_around(uow, lead_id)
        shower = Shower(request, uow, lead, around)
        if is_part(request):
            older = entries_of(shower, kind, before)
            return page(request, uow, "lead/_older.html", entries=older)
        return page(request, uow, "lead/page.html", **_context(shower, kind, before))
