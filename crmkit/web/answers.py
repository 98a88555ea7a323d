"""Answers: pages, and JSON for scripts."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING, cast

import orjson
from starlette.responses import HTMLResponse, RedirectResponse, Response

from crmkit.core import CrmError, mark, read_margin
from crmkit.hooks import place_my_menu, place_navigation
from crmkit.web.lines import lines_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from crmkit.core import Margin, UnitOfWork
    from crmkit.web.rendering import Templates

LONGEST_VERSION = 19
OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z


def templates_of(request: Request) -> Templates:
    """The templates of the application."""
    return cast("Templates", request.app.state.templates)


def page(
    request: Request,
    uow: UnitOfWork,
    template: str,
    status: int = 200,
    /,
    **context: object,
) -> Response:
    """A page, or the part of a page that changed, in the actor's language."""
    url = request.url
    known = {
        "company": uow.settings.company,
        "base_currency": uow.settings.base_currency,
        "me": uow.actor,
        "here": "",
        "theme": uow.actor.theme,
        "path": f"{url.path}?{url.query}" if url.query else url.path,
        "navigation": lines_of(request, uow, place_navigation),
        "my_menu": lines_of(request, uow, place_my_menu),
        "margin": LazyMargin(uow),
    }
    text = templates_of(request).render(
        uow.actor.locale, template, {**known, **context}
    )
    return HTMLResponse(text, status_code=status)


class LazyMargin:
    """The margin of a page, asked for when a template shows it: parts have none."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    @cached_property
    def shown(self) -> Margin:
        """What waits for the actor, and what he keeps at hand."""
        return read_margin(self._uow)


def sentence(request: Request, uow: UnitOfWork, text: str, plugin_id: str = "") -> str:
    """`text` in the actor's language, from a plugin's words first."""
    return templates_of(request).translate(uow.actor.locale, text, plugin_id)


def is_part(request: Request) -> bool:
    """Whether the page's script asks for a part of a page, not for all of it."""
    return request.headers.get("hx-request-type") == "partial"


def changed(
    request: Request,
    uow: UnitOfWork,
    sentence: str,
    *,
    href: str = "",
    link_label: str = "",
) -> Response:
    """The answer to a change: what happened, with Undo; or the page, without script."""
    if request.headers.get("hx-request") != "true":
        back = href or request.headers.get("referer") or "/pipeline"
        return RedirectResponse(back, status_code=303)
    return page(
        request,
        uow,
        "_changed.html",
        sentence=sentence,
        change_id=uow.change_id,
        href=href,
        link_label=link_label,
    )


def json_answer(
    data: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """`data` as JSON: decimals as text, moments in UTC."""
    return Response(
        orjson.dumps(data, default=_plain, option=OPTIONS),
        status_code=status,
        media_type="application/json",
        headers=dict(headers or {}),
    )


def record_answer(
    request: Request, values: Mapping[str, object], *, status: int = 200
) -> Response:
    """One record as JSON, with its version as ETag; 304 for who has that version."""
    headers = {"etag": f'"{values["version"]}"'}
    if request.method == "GET" and _is_known(request, headers["etag"]):
        return Response(status_code=304, headers=headers)
    return json_answer(values, status=status, headers=headers)


def _is_known(request: Request, etag: str) -> bool:
    """Whether If-None-Match names the version that there is."""
    named = request.headers.get("if-none-match", "").split(",")
    return any(one.strip().removeprefix("W/") in {etag, "*"} for one in named)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        text = str(value)
        if "E" in text:
            text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    if isinstance(value, PurePath):
        return str(value)
    raise TypeError(value)


class IfMatchError(CrmError):
    """The header If-Match is not a version."""

    def __init__(self) -> None:
        super().__init__(mark("If-Match takes the ETag of a record."), field="if-match")


def version_of(request: Request) -> int | None:
    """The version that If-Match names, None without that header."""
    value = request.headers.get("if-match")
    if value is None or value.strip() == "*":
        return None
    number = value.strip().removeprefix("W/").strip('"')
    if not (number.isascii() and number.isdigit() and len(number) < LONGEST_VERSION):
        raise IfMatchError
    return int(number)
