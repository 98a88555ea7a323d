"""A line in the log for each request, and the id that its answer carries."""

from __future__ import annotations

import logging
import re
from time import perf_counter
from typing import TYPE_CHECKING
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders

from crmkit.core import Trace, tracing

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "x-request-id"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")
_PREFIX = re.compile(r"(?:/api/v1)?(?:/p/[a-z0-9_]+)?")
_FAILED = 500
_MS = 1_000

log = logging.getLogger("crmkit.access")


def request_id_of(request: Request) -> str:
    """The id of a request, as the log has it."""
    known: str = getattr(request.state, "request_id", "")
    return known


class AccessLog:
    """An ASGI layer outside of all others but the one that answers 500.

    It logs the method, the route's template, the status, milliseconds and statements:
    no path, query or address, which may tell who somebody is.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, under its id."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        trace = Trace(given if _GIVEN.fullmatch(given) else uuid4().hex)
        scope.setdefault("state", {})["request_id"] = trace.id
        status, started = _FAILED, perf_counter()

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = trace.id
            await send(message)

        with tracing(trace):
            try:
                await self.app(scope, receive, send_named)
            finally:
                _log(scope, status, perf_counter() - started, trace.statements)


def _log(scope: Scope, status: int, seconds: float, statements: int) -> None:
    facts = {
        "method": scope["method"],
        "route": route_of(scope),
        "status": status,
        "ms": round(seconds * _MS, 1),
        "statements": statements,
    }
    log.info(
        "%(method)s %(route)s %(status)s in %(ms)s ms, %(statements)s statements",
        facts,
        extra=facts,
    )


def route_of(scope: Scope) -> str:
    """The template of the route that answers, like /leads/{lead_id}."""
    route = scope.get("route")
    path = getattr(route, "path", None)
    if path is not None:
        return _prefix_of(scope["path"], str(path)) + str(path)
    return "static" if scope["path"].startswith("/static/") else "none"


def _prefix_of(path: str, template: str) -> str:
    """What the routes of the API, or of a plugin, all begin with."""
    # A route knows its template as its own router has it.
    parts, own = path.split("/"), template.split("/")
    prefix = "/".join(parts[: len(parts) - len(own) + 1])
    return prefix if _PREFIX.fullmatch(prefix) else ""
