"""Search across everything, for scripts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import HitKind, find_records
from crmkit.web.answers import json_answer
from crmkit.web.api import shapes
from crmkit.web.work import work

routes = APIRouter(tags=["search"])


@routes.get("/search", response_model=shapes.Hits)
def search(
    request: Request,
    q: Annotated[str, Query(description="Words; each begins a word of the record.")],
    kind: Annotated[HitKind | None, Query(description="Only this kind.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Response:
    """Leads, contacts and activities that words find, the best first."""
    with work(request) as uow:
        found = find_records(uow, q, [kind] if kind else HitKind, limit=limit)
        items = [asdict(hit) for hit in found.items]
        return json_answer({"items": items, "has_more": found.has_more})
