"""The page on which one makes and revokes one's address, and the feed itself."""

from __future__ import annotations

from hashlib import sha256
from http import HTTPStatus

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import UnitOfWork, mark
from crmkit.web import changed, crm_of, page, sentence, work
from crmkit_calendar_feed.feeds import make_address, my_feed, owner_of, revoke
from crmkit_calendar_feed.permissions import FEEDING

PLUGIN = "calendar_feed"
PAGE = f"/p/{PLUGIN}/feed"
NAME = mark("Activities of {user}")
REVOKED = mark("The address is revoked")
pages = APIRouter()
feeds = APIRouter()

_SECONDS = 300


def address_of(request: Request, key: str) -> str:
    """The whole address of a feed."""
    return f"{request.base_url}p/{PLUGIN}/feeds/{key}.ics"


@pages.get("/feed")
def show_feed(request: Request) -> Response:
    """Whether the reader has an address."""
    with work(request) as uow:
        return _page(request, uow, "")


@pages.post("/feed")
def make(request: Request) -> Response:
    """A new address, which this page shows and no other ever will."""
    with work(request) as uow:
        return _page(request, uow, address_of(request, make_address(uow)))


@pages.post("/feed/revoke")
def end(request: Request) -> Response:
    """End the address, if there is one."""
    with work(request) as uow:
        feed = my_feed(uow)
        if feed is not None:
            revoke(uow, feed)
        return changed(request, uow, sentence(request, uow, REVOKED, PLUGIN), href=PAGE)


def _page(request: Request, uow: UnitOfWork, address: str) -> Response:
    return page(request, uow, f"{PLUGIN}/feed.html", feed=my_feed(uow), address=address)


@feeds.get("/feeds/{key}.ics")
def read(request: Request, key: str) -> Response:
    """The feed of whoever's address this is; calendars bring no sign-in."""
    # Six megabytes that only processes hold which calendars ask.
    from crmkit_calendar_feed.calendars import write_calendar  # noqa: PLC0415

    crm = crm_of(request)
    with crm.read() as uow:
        user_id = owner_of(uow, key)
    if user_id is None:
        return Response(status_code=HTTPStatus.NOT_FOUND)
    with crm.read(user_id) as uow:
        if not uow.may(FEEDING):
            return Response(status_code=HTTPStatus.NOT_FOUND)
        name = sentence(request, uow, NAME, PLUGIN).format(user=uow.actor.name)
        body = write_calendar(uow, str(request.base_url), name)
    return _answer(request, body)


def _answer(request: Request, body: bytes) -> Response:
    tag = f'"{sha256(body).hexdigest()}"'
    headers = {
        "etag": tag,
        "cache-control": f"private, max-age={_SECONDS}",
        "content-disposition": 'inline; filename="crmkit.ics"',
    }
    known = request.headers.get("if-none-match", "")
    if tag in (one.strip().removeprefix("W/") for one in known.split(",")):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(body, media_type="text/calendar; charset=utf-8", headers=headers)
