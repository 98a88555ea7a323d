"""Merging leads and taking it back, for scripts."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    MergeDraft,
    RecordId,
    get_merge,
    merge_leads,
    preview_merge,
    read_lead,
    unmerge_leads,
)
from crmkit.web.answers import json_answer, sentence
from crmkit.web.api import shapes
from crmkit.web.api.leads import flatten
from crmkit.web.work import work

if TYPE_CHECKING:
    from crmkit.core import Merged, UnitOfWork

routes = APIRouter(tags=["leads"])


class MergeBody(MergeDraft):
    """Leads to merge; `dry_run` only tells what would come of it."""

    dry_run: bool = False

    def draft(self) -> MergeDraft:
        """What the core takes."""
        given = self.model_dump(exclude={"dry_run"}, exclude_unset=True)
        return MergeDraft(**{**given, "values": flatten(self.values)})


class UnmergeBody(BaseModel):
    """The merge to take back."""

    model_config = ConfigDict(extra="forbid")

    merge_id: RecordId


def _describe(request: Request, uow: UnitOfWork, merged: Merged) -> dict[str, Any]:
    excluded = [
        {**asdict(one), "reason": sentence(request, uow, one.reason)}
        for one in merged.excluded
    ]
    return {
        "lead": merged.lead,
        "merge_id": merged.merge_id,
        "excluded": excluded,
        "fields": [asdict(one) for one in merged.fields],
    }


@routes.post("/leads/merge", response_model=shapes.Merge)
def merge(request: Request, body: MergeBody) -> Response:
    """Make one lead of several, or tell what would come of it."""
    with work(request) as uow:
        act = preview_merge if body.dry_run else merge_leads
        return json_answer(_describe(request, uow, act(uow, body.draft())))


@routes.post("/leads/unmerge", response_model=shapes.Unmerge)
def unmerge(request: Request, body: UnmergeBody) -> Response:
    """Make several leads again of one; edits made since stay and are listed."""
    with work(request) as uow:
        unmerged = unmerge_leads(uow, get_merge(uow, body.merge_id))
        lead = read_lead(uow, unmerged.lead_id)
        sources = [read_lead(uow, number) for number in unmerged.lead_ids]
        return json_answer({"lead": lead, "leads": sources, "kept": unmerged.kept})
