"""What one is told of, and whose leads one follows."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    TimelineEntry,
    UnitOfWork,
    follow_lead,
    get_lead,
    list_notifications,
    mark,
    mark_read,
    unfollow_lead,
)
from crmkit.web.answers import changed, page, sentence
from crmkit.web.work import work

routes = APIRouter(include_in_schema=False)

READ = mark("All is read")
FOLLOWED = mark("You follow this lead")
UNFOLLOWED = mark("You follow this lead no longer")
SHOWN = 50


@routes.get("/notifications")
def show_notifications(
    request: Request, cursor: Annotated[int | None, Query(ge=1)] = None
) -> Response:
    """What one was told of, newest first."""
    with work(request) as uow:
        found = list_notifications(uow, before=cursor, limit=SHOWN + 1)
        shown = found[:SHOWN]
        texts = _texts(uow, [one.entry_id for one in shown if one.entry_id])
        return page(
            request,
            uow,
            "notifications/page.html",
            here="notifications",
            notices=[(one, texts.get(one.entry_id or 0, "")) for one in shown],
            next_cursor=shown[-1].id if len(found) > SHOWN else None,
        )


def _texts(uow: UnitOfWork, ids: list[int]) -> dict[int, str]:
    rows = uow.session.execute(
        select(TimelineEntry.id, TimelineEntry.text).where(TimelineEntry.id.in_(ids))
    )
    return {record_id: name for record_id, name in rows}  # noqa: C416  (a Result has keys)


@routes.post("/notifications/read")
def read_all(request: Request) -> Response:
    """Mark everything read."""
    with work(request) as uow:
        mark_read(uow)
        return changed(request, uow, sentence(request, uow, READ))


@routes.post("/leads/{lead_id}/follow")
def follow(request: Request, lead_id: int) -> Response:
    """Follow a lead."""
    with work(request) as uow:
        follow_lead(uow, get_lead(uow, lead_id), uow.actor.id or 0)
        return changed(request, uow, sentence(request, uow, FOLLOWED))


@routes.post("/leads/{lead_id}/unfollow")
def unfollow(request: Request, lead_id: int) -> Response:
    """Follow a lead no longer."""
    with work(request) as uow:
        unfollow_lead(uow, get_lead(uow, lead_id), uow.actor.id or 0)
        return changed(request, uow, sentence(request, uow, UNFOLLOWED))
