"""Errors as answers: problem+json for scripts, a page or a toast for people."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from crmkit.app import NotSignedInError
from crmkit.core import (
    LOCALES,
    CrmError,
    InvalidError,
    MergedLeadError,
    StaleError,
    Trace,
    mark,
    tracing,
)
from crmkit.web.access_log import HEADER, request_id_of, route_of
from crmkit.web.answers import OPTIONS, templates_of
from crmkit.web.api.current import describe_record
from crmkit.web.guard import HEADERS, PLUGIN_PATH
from crmkit.web.sentences import field_errors
from crmkit.web.work import crm_of, who_asks

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI
    from starlette.requests import Request

    from crmkit.core import Settings

log = logging.getLogger("crmkit.web")
INVALID = mark("Some of this cannot be kept.")
UNKNOWN = mark("There is nothing at this address.")
NOT_ALLOWED = mark("This address does not answer {method}.")
FAILED = mark("Something went wrong here. It was noted; nothing was changed.")
_TITLES = {
    403: mark("Not allowed"),
    404: mark("Not found"),
    405: mark("Not found"),
    409: mark("Changed meanwhile"),
    500: mark("Something went wrong"),
    503: mark("Busy"),
}
_OTHER_TITLE = mark("That did not work")
BUSY = mark("crmkit is busy just now. Try again in a moment.")


def add_handlers(app: FastAPI) -> None:
    """Let every error of `app` answer with one clear sentence."""
    app.add_exception_handler(CrmError, _crm_error)
    app.add_exception_handler(RequestValidationError, _refused_input)
    app.add_exception_handler(ValidationError, _refused_input)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(OperationalError, _database_error)
    app.add_exception_handler(PoolTimeoutError, _busy)
    app.add_exception_handler(Exception, _failure)


def _locale(request: Request) -> str:
    """The actor's language, as far as the unit that failed got to know it."""
    known: str | None = getattr(request.state, "locale", None)
    if known is not None:
        return known
    settings: Settings = request.app.state.crm.settings
    accepted = request.headers.get("accept-language", "")[:2]
    return accepted if accepted in LOCALES else settings.locale


def _translate(request: Request, plugin_id: str = "") -> Callable[[str], str]:
    """Into the reader's language, by the words of the plugin that speaks, if any."""
    locale, page = _locale(request), PLUGIN_PATH.match(request.url.path)
    spoke = plugin_id or (page[1] if page else "")
    return lambda text: templates_of(request).translate(locale, text, spoke)


def _answer(
    request: Request,
    status: int,
    detail: str,
    errors: list[dict[str, str]] | None = None,
    **more: Any,
) -> Response:
    if request.url.path.startswith("/api/"):
        title = HTTPStatus(status).phrase
        body: dict[str, Any] = {"type": "about:blank", "title": title}
        body |= {"status": status, "detail": detail, **more}
        body["request_id"] = request_id_of(request)
        if errors:
            body["errors"] = errors
        return Response(
            orjson.dumps(body, default=str, option=OPTIONS),
            status_code=status,
            media_type="application/problem+json",
        )
    if errors and not detail.endswith(errors[0]["message"]):
        detail = f"{detail} {errors[0]['message']}"
    locale = _locale(request)
    templates = templates_of(request)
    if request.headers.get("hx-request") == "true":
        context: dict[str, object] = {"sentence": detail, "fix_href": ""}
        context |= {"fix_label": "", "is_stale": status == HTTPStatus.CONFLICT}
        text = templates.render(locale, "_refused.html", context)
    else:
        title = _translate(request)(_TITLES.get(status, _OTHER_TITLE))
        context = {"title": title, "sentence": detail}
        text = templates.render(locale, "problem.html", context)
    return HTMLResponse(text, status_code=status)


def _crm_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, CrmError):
        raise error
    if isinstance(error, NotSignedInError) and not request.url.path.startswith("/api/"):
        return _to_sign_in(request)
    if isinstance(error, MergedLeadError) and _is_visit(request):
        return RedirectResponse(f"/leads/{error.master_id}", status_code=303)
    translate = _translate(request, error.plugin_id)
    every = error.errors if isinstance(error, InvalidError) else [error]
    fields = [
        {"field": one.field, "message": one.text(translate)}
        for one in every
        if one.field is not None
    ]
    status = int(error.status)
    more: dict[str, Any] = {}
    if isinstance(error, StaleError) and request.url.path.startswith("/api/"):
        more = {"current": _current(request, error), "theirs": error.theirs}
    if isinstance(error, MergedLeadError):
        more = {"merged_into_id": error.master_id}
    if status == HTTPStatus.CONFLICT and "if-match" in request.headers:
        status = HTTPStatus.PRECONDITION_FAILED
    return _answer(request, status, error.text(translate), fields, **more)


def _is_visit(request: Request) -> bool:
    is_page = not request.url.path.startswith("/api/")
    return is_page and request.method == "GET"


def _current(request: Request, error: StaleError) -> dict[str, Any]:
    """The record as it is now, so that a script need not ask again."""
    with crm_of(request).read(who_asks(request)) as uow:
        return describe_record(uow, *error.record)


def _to_sign_in(request: Request) -> Response:
    target = request.url.path
    if request.url.query:
        target += f"?{request.url.query}"
    where = "/sign-in"
    if request.method == "GET" and target != "/":
        where += f"?next={quote(target)}"
    if request.headers.get("hx-request") == "true":
        return Response(status_code=401, headers={"hx-redirect": "/sign-in"})
    return RedirectResponse(where, status_code=303)


def _refused_input(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError | ValidationError):
        raise error
    translate = _translate(request)
    fields = field_errors(error.errors(), translate)
    return _answer(request, 422, translate(INVALID), fields)


def _http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    translate = _translate(request)
    known = {
        404: translate(UNKNOWN),
        405: translate(NOT_ALLOWED).format(method=request.method),
    }
    return _answer(
        request, error.status_code, known.get(error.status_code, error.detail)
    )


def _database_error(request: Request, error: Exception) -> Response:
    if "locked" in str(error) or "timeout" in str(error):
        return _busy(request, error)
    return _failure(request, error)


def _busy(request: Request, error: Exception) -> Response:
    log.warning("busy: %s", error)
    answer = _answer(request, 503, _translate(request)(BUSY))
    answer.headers["retry-after"] = "2"
    return answer


def _failure(request: Request, error: Exception) -> Response:
    request_id = request_id_of(request)
    # It is made outside of the layers that give all other answers their headers, and
    # name what is logged.
    with tracing(Trace(request_id)):
        route = route_of(request.scope)
        log.error("%s %s failed", request.method, route, exc_info=error)
    answer = _answer(request, 500, _translate(request)(FAILED))
    answer.headers.update({**HEADERS, "cache-control": "no-store", HEADER: request_id})
    return answer
