"""Similar leads for scripts: of a lead, or of one that is about to be made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import duplicates_of, duplicates_of_draft, get_lead, read_lead
from crmkit.web.answers import json_answer, sentence
from crmkit.web.api import shapes
from crmkit.web.api.leads import LeadBody
from crmkit.web.work import work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core import UnitOfWork
    from crmkit.hooks import Duplicate

routes = APIRouter(tags=["leads"])


class SoughtBody(LeadBody):
    """A lead as far as it is typed; it need not have a name yet."""

    name: str = Field(default="?", min_length=1, max_length=250)


def _describe(
    request: Request, uow: UnitOfWork, plugin_id: str, found: Sequence[Duplicate]
) -> dict[str, Any]:
    return {
        "items": [
            {
                "lead": read_lead(uow, one.lead_id),
                "reasons": [
                    sentence(request, uow, reason.text, plugin_id).format(
                        **reason.parts
                    )
                    for reason in one.reasons
                ],
            }
            for one in found
        ]
    }


@routes.get(
    "/leads/{lead_id}/duplicates", response_model=shapes.Items[shapes.Duplicate]
)
def list_duplicates(request: Request, lead_id: int) -> Response:
    """The leads that are like one, each with the reasons. Plugin duplicates."""
    with work(request) as uow:
        plugin_id, found = duplicates_of(uow, get_lead(uow, lead_id))
        return json_answer(_describe(request, uow, plugin_id, found))


@routes.post("/leads/duplicates", response_model=shapes.Items[shapes.Duplicate])
def find_duplicates(request: Request, body: SoughtBody) -> Response:
    """The leads that are like a draft, which is not kept. Plugin duplicates."""
    with work(request) as uow:
        # A copy with a name that was given, so that the draft has one.
        named = body.model_copy(update={"name": body.name})
        plugin_id, found = duplicates_of_draft(uow, named.draft())
        return json_answer(_describe(request, uow, plugin_id, found))
