"""Idempotency-Key: a script that heard no answer may ask again, and nothing doubles."""

from __future__ import annotations

import json
from functools import wraps
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import CrmError, KeptAnswer, claim_key, keep_answer, mark
from crmkit.web.work import work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fastapi import APIRouter

HEADER = "idempotency-key"
PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A word of your own for this request: sent again within a day, it "
    "is answered as before and not carried out twice.",
    "schema": {"type": "string", "pattern": "^[!-~]([ -~]{0,198}[!-~])?$"},
    "example": "order-2026-0042",
}
"""What the API's document says of the header."""
_KEPT_HEADERS = ("content-type", "etag", "location")
_WRAPPED = "crmkit_takes_key"
_CHUNK = 1 << 20

Endpoint = TypeVar("Endpoint", bound="Callable[..., Any]")


class NoKeyHereError(CrmError):
    """The address takes no key: its answer cannot be kept, or asking twice is safe."""

    def __init__(self) -> None:
        super().__init__(mark("This address takes no Idempotency-Key."), field=HEADER)


def takes_no_key(endpoint: Endpoint) -> Endpoint:
    """Mark a route that refuses an Idempotency-Key.

    One that opens several units of work itself has to, and so has one whose answer
    holds a secret that is kept nowhere.
    """
    setattr(endpoint, _WRAPPED, False)
    return endpoint


def take_keys(router: APIRouter) -> None:
    """Let every POST of `router` take an Idempotency-Key."""
    for route in router.routes:
        if not isinstance(route, APIRoute) or "POST" not in (route.methods or ()):
            continue
        if not getattr(route.endpoint, _WRAPPED, False):
            if not hasattr(route.endpoint, _WRAPPED):
                extra = route.openapi_extra or {}
                route.openapi_extra = {**extra, "parameters": [PARAMETER]}
            route.endpoint = _answer_once(route.endpoint)


def _answer_once(endpoint: Callable[..., Response]) -> Callable[..., Response]:
    """`endpoint`, which under a known key gives the answer that it gave before."""
    is_refused = hasattr(endpoint, _WRAPPED)

    @wraps(endpoint)
    def answer(**values: Any) -> Response:
        request = next(one for one in values.values() if isinstance(one, Request))
        key = request.headers.get(HEADER)
        if key is None:
            return endpoint(**values)
        if is_refused:
            raise NoKeyHereError
        with work(request) as uow:
            kept = claim_key(uow, key, _hash(request, values))
            if kept.status is not None:
                return _replay(kept)
            # The route's own unit is this one, so both end in one commit.
            request.state.unit = uow
            try:
                made = endpoint(**values)
            finally:
                del request.state.unit
            shown = {n: made.headers[n] for n in _KEPT_HEADERS if n in made.headers}
            keep_answer(uow, kept, made.status_code, shown, bytes(made.body).decode())
            return made

    setattr(answer, _WRAPPED, True)
    return answer


def _replay(kept: KeptAnswer) -> Response:
    headers = {**kept.headers, "idempotency-replayed": "true"}
    return Response(kept.body, kept.status or 200, headers)


def _hash(request: Request, values: Mapping[str, Any]) -> str:
    """What makes two requests the same: address, condition, and all that was sent."""
    sent = [
        [name, _plain(value)]
        for name, value in sorted(values.items())
        if not isinstance(value, Request)
    ]
    known = [request.url.path, request.url.query, request.headers.get("if-match"), sent]
    # The standard library writes numbers of any length, as a body may hold.
    return sha256(json.dumps(known, default=str).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_unset=True)
    if isinstance(value, FormData):
        return sorted([name, _plain(one)] for name, one in value.multi_items())
    if isinstance(value, UploadFile):
        return f"{value.filename} {_hash_file(value)}"
    return value


def _hash_file(upload: UploadFile) -> str:
    found = sha256()
    while chunk := upload.file.read(_CHUNK):
        found.update(chunk)
    upload.file.seek(0)
    return found.hexdigest()
