"""Leads like the one that is being typed, under its form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    LeadDraft,
    NoFinderError,
    duplicates_of,
    duplicates_of_draft,
    get_leads,
)
from crmkit.web.answers import page, sentence
from crmkit.web.work import work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core import Lead, UnitOfWork
    from crmkit.hooks import Duplicate

routes = APIRouter(include_in_schema=False)

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
    shown = _with_reasons(request, uow, plugin_id, found)
    return tuple(SimilarLead(lead.id, lead.name, reasons) for lead, reasons in shown)


def similar_leads(
    request: Request, uow: UnitOfWork, lead: Lead
) -> list[tuple[Lead, tuple[str, ...]]]:
    """The leads that are like `lead`, each with the reasons; none without a finder."""
    try:
        plugin_id, found = duplicates_of(uow, lead)
    except NoFinderError:
        return []
    return _with_reasons(request, uow, plugin_id, found)


def _with_reasons(
    request: Request, uow: UnitOfWork, plugin_id: str, found: Sequence[Duplicate]
) -> list[tuple[Lead, tuple[str, ...]]]:
    leads = {lead.id: lead for lead in get_leads(uow, [one.lead_id for one in found])}
    return [
        (
            leads[one.lead_id],
            tuple(
                sentence(request, uow, reason.text, plugin_id).format(**reason.parts)
                for reason in one.reasons
            ),
        )
        for one in found
        if one.lead_id in leads
    ]


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
