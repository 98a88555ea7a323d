"""One's feed for scripts, below /api/v1/p/calendar_feed."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from crmkit.web import json_answer, work
from crmkit_calendar_feed.feeds import make_address, my_feed, revoke
from crmkit_calendar_feed.routes import address_of

routes = APIRouter(tags=["calendar_feed"])


class ShownFeed(BaseModel):
    """Whether there is an address, and since when."""

    made_at: datetime | None = Field(description="None where there is no address.")


class NewFeed(ShownFeed):
    """A new address, which no other answer ever shows."""

    address: str = Field(description="Give it to a calendar; whoever has it can read.")


@routes.get("/feed", response_model=ShownFeed)
def show_feed(request: Request) -> Response:
    """Whether the token's user has an address."""
    with work(request) as uow:
        feed = my_feed(uow)
        return json_answer({"made_at": feed.made_at if feed else None})


@routes.post("/feed", response_model=NewFeed, status_code=HTTPStatus.CREATED)
def make_feed(request: Request) -> Response:
    """Make a new address; the one before ends."""
    with work(request) as uow:
        address = address_of(request, make_address(uow))
        answer = {"made_at": uow.now(), "address": address}
        return json_answer(answer, status=HTTPStatus.CREATED)


@routes.delete("/feed", status_code=HTTPStatus.NO_CONTENT)
def revoke_feed(request: Request) -> Response:
    """Revoke the address, if there is one."""
    with work(request) as uow:
        feed = my_feed(uow)
        if feed is not None:
            revoke(uow, feed)
        return Response(status_code=HTTPStatus.NO_CONTENT)
