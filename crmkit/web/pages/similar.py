"""Leads like the one that is being typed, under its form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import LeadDraft, NoFinderError, duplicates_of_draft, get_leads
from crmkit.web.answers import page, sentence
from crmkit.web.work import work

if TYPE_CHECKING:
    from crmkit.core import UnitOfWork

routes = APIRouter()

SHOWN = 3


@dataclass(frozen=True, slots=True)
class SimilarLead:
    """A lead that may be the same, and why, in sentences."""

    id: int
    name: str
    reasons: tuple[str, ...]


def similar_to(
    request: Request, uow: UnitOfWork, draft: LeadDraft
) -> tuple[SimilarLead, ...]:
    """The leads that are like `draft`, the closest first; none without a finder."""
    try:
        plugin_id, found = duplicates_of_draft(uow, draft)
    except NoFinderError:
        return ()
    by_id = {one.lead_id: one for one in found}
    leads = {lead.id: lead for lead in get_leads(uow, list(by_id))}
    return tuple(
        SimilarLead(
            number,
            leads[number].name,
            tuple(
                sentence(request, uow, reason.text, plugin_id).format(**reason.parts)
                for reason in one.reasons
            ),
        )
        for number, one in by_id.items()
        if number in leads
    )


@routes.get("/leads/similar")
def show_similar(
    request: Request,
    email: Annotated[str, Query(max_length=320)] = "",
    phone: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """What is to be said under a form that is being filled in; nothing, mostly."""
    with work(request) as uow:
        draft = LeadDraft(name="?", email=email or None, phone=phone or None)
        found = similar_to(request, uow, draft)
        return page(
            request,
            uow,
            "leads/_similar.html",
            similar=found[:SHOWN],
            more=max(len(found) - SHOWN, 0),
        )
