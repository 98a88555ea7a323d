"""What stands before every route: headers, forged requests, switched-off plugins."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response

from crmkit.web.scopes import SAFE
from crmkit.web.strangers import forget_who

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from crmkit.app import Crm
    from crmkit.web.strangers import StrangerRoutes

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; manifest-src 'self'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
PLUGIN_PATH = re.compile(r"/(?:api/v1/)?p/([a-z0-9_]+)(?:/|$)")
FORGED = "This request came from another site and was not carried out."
TOO_LARGE = "Too much was sent at once. Send fewer or smaller files."
MEGABYTE = 1024 * 1024
FILES_AT_ONCE = 10
OFF = "There is nothing here."


class Guard:
    """An ASGI layer around the whole application."""

    def __init__(self, app: ASGIApp, crm: Crm) -> None:
        self.app = app
        self.crm = crm

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, with our headers on its answer, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("cache-control", "no-store")
            await send(message)

        refusal = await self._judge(scope)
        answer = self.app if refusal is None else _refuse(scope, *refusal)
        await answer(scope, receive, send_guarded)

    async def _judge(self, scope: Scope) -> tuple[int, str] | None:
        """The status and the sentence of a refusal, None to let the request in."""
        strangers: StrangerRoutes = scope["app"].state.stranger_routes
        if strangers.has(scope):
            forget_who(scope)
        elif is_forged(scope):
            return HTTPStatus.FORBIDDEN, FORGED
        status = self._status_of_upload(scope)
        if status != HTTPStatus.OK:
            return status, TOO_LARGE
        if await self._is_off(scope["path"]):
            return HTTPStatus.NOT_FOUND, OFF
        return None

    def _status_of_upload(self, scope: Scope) -> HTTPStatus:
        """Whether files may come in: a body is written to the disk as it comes."""
        headers = Headers(scope=scope)
        if "multipart/" not in headers.get("content-type", ""):
            return HTTPStatus.OK
        length = headers.get("content-length", "")
        if not length.isdecimal():
            return HTTPStatus.LENGTH_REQUIRED
        most = self.crm.settings.file_megabytes * MEGABYTE * FILES_AT_ONCE
        is_large = int(length) > most + MEGABYTE
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE if is_large else HTTPStatus.OK

    async def _is_off(self, path: str) -> bool:
        """Whether the path is one of a plugin that does not run just now."""
        match = PLUGIN_PATH.match(path)
        if match is None:
            return False
        return not await run_in_threadpool(self.crm.is_running, match[1])


def _refuse(scope: Scope, status: int, sentence: str) -> Response:
    """A refusal in the form that who asked understands."""
    if not scope["path"].startswith("/api/"):
        return PlainTextResponse(sentence, status)
    problem = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": sentence,
        "request_id": scope.get("state", {}).get("request_id", ""),
    }
    return Response(
        orjson.dumps(problem), status, media_type="application/problem+json"
    )


def is_forged(scope: Scope) -> bool:
    """Whether an unsafe request was sent by a page of another site.

    Browsers say so in Sec-Fetch-Site; older ones at least name the page's origin. A
    request with a bearer token carries nothing that a browser adds by itself.
    """
    if scope["method"] in SAFE:
        return False
    headers = Headers(scope=scope)
    if headers.get("authorization", "").lower().startswith("bearer "):
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    if origin is None:
        return False
    return urlsplit(origin).netloc != headers.get("host", "")
