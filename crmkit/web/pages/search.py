"""The page of a search across everything."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import Hit, HitKind, find_records, mark
from crmkit.web.answers import page, sentence
from crmkit.web.pages.conditions import keep
from crmkit.web.work import work

routes = APIRouter(include_in_schema=False)

SHOWN = 50
_ALL = mark("All")
KIND_LABELS = {
    HitKind.LEAD: mark("Leads"),
    HitKind.CONTACT: mark("Contacts"),
    HitKind.ACTIVITY: mark("Activities"),
}
_PATHS = {HitKind.LEAD: "leads", HitKind.CONTACT: "contacts"}


def path_of(hit: Hit) -> str:
    """The page of what was found; of an activity, its lead's."""
    if hit.kind is HitKind.ACTIVITY:
        return f"/leads/{hit.lead_id}"
    return f"/{_PATHS[hit.kind]}/{hit.id}"


@routes.get("/search")
def show_hits(
    request: Request, q: Annotated[str, Query()] = "", kind: HitKind | None = None
) -> Response:
    """What the words find, the best first."""
    with work(request) as uow:
        found = find_records(uow, q, [kind] if kind else HitKind, limit=SHOWN)
        tabs = [("", sentence(request, uow, _ALL))]
        tabs += [
            (one.value, sentence(request, uow, label))
            for one, label in KIND_LABELS.items()
        ]
        return page(
            request,
            uow,
            "search/page.html",
            here="search",
            q=q,
            kind=kind.value if kind else "",
            query=keep(q=q, kind=kind.value if kind else ""),
            hits=[(hit, path_of(hit)) for hit in found.items],
            has_more=found.has_more,
            tabs=tabs,
        )
