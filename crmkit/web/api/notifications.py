"""Followers of leads, and what one is told of, for scripts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    Lead,
    RecordId,
    UnitOfWork,
    follow_lead,
    followers_of,
    get_lead,
    list_notifications,
    mark_read,
    unfollow_lead,
)
from crmkit.web.answers import json_answer
from crmkit.web.api import shapes
from crmkit.web.work import work

routes = APIRouter(tags=["timeline"])

Before = Annotated[int | None, Query(alias="cursor", ge=1)]
Limit = Annotated[int, Query(ge=1, le=200)]


class FollowerBody(BaseModel):
    """Who is to follow; without `user_id` whoever asks."""

    model_config = ConfigDict(extra="forbid")

    user_id: RecordId | None = None


class ReadBody(BaseModel):
    """What was read; without `ids` everything."""

    model_config = ConfigDict(extra="forbid")

    ids: list[RecordId] | None = Field(default=None, max_length=500)


def _followers(uow: UnitOfWork, lead: Lead, *, status: int = 200) -> Response:
    found = followers_of(uow, lead)
    items = [{"user_id": user.id, "name": user.name} for user in found]
    return json_answer({"items": items}, status=status)


@routes.get("/leads/{lead_id}/followers", response_model=shapes.Items[shapes.Follower])
def list_followers(request: Request, lead_id: int) -> Response:
    """Who follows a lead, by name."""
    with work(request) as uow:
        return _followers(uow, get_lead(uow, lead_id))


@routes.post(
    "/leads/{lead_id}/followers",
    status_code=201,
    response_model=shapes.Items[shapes.Follower],
)
def follow(request: Request, lead_id: int, body: FollowerBody) -> Response:
    """Let somebody who sees a lead follow it; all who do are the answer."""
    with work(request) as uow:
        lead = get_lead(uow, lead_id)
        follow_lead(uow, lead, body.user_id or uow.actor.id or 0)
        return _followers(uow, lead, status=201)


@routes.delete("/leads/{lead_id}/followers/{user_id}", status_code=204)
def unfollow(request: Request, lead_id: int, user_id: int) -> Response:
    """Let somebody follow a lead no longer."""
    with work(request) as uow:
        unfollow_lead(uow, get_lead(uow, lead_id), user_id)
        return Response(status_code=204)


@routes.get("/notifications", response_model=shapes.History[shapes.Notice])
def list_mine(
    request: Request,
    *,
    unread: Annotated[bool, Query(description="Those not read yet.")] = False,
    cursor: Before = None,
    limit: Limit = 50,
) -> Response:
    """What one was told of, newest first."""
    with work(request) as uow:
        found = list_notifications(uow, unread=unread, before=cursor, limit=limit + 1)
        items = [asdict(notice) for notice in found[:limit]]
        more = len(found) > limit
        answer = {"items": items, "has_more": more}
        return json_answer({**answer, "next_cursor": items[-1]["id"] if more else None})


@routes.post("/notifications/read", status_code=204)
def read_mine(request: Request, body: ReadBody) -> Response:
    """Mark notifications read."""
    with work(request) as uow:
        mark_read(uow, body.ids)
        return Response(status_code=204)
