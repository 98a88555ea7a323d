"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from crmkit.core import (
    LOCALES,
    CrmError,
    WrongPasswordError,
    check_password,
    note_failure,
    sign_in,
    sign_out,
)
from crmkit.web.answers import templates_of
from crmkit.web.work import COOKIE, crm_of

routes = APIRouter(include_in_schema=False)


def _locale(request: Request, chosen: str = "") -> str:
    if chosen in LOCALES:
        return chosen
    accepted = request.headers.get("accept-language", "")[:2]
    return accepted if accepted in LOCALES else crm_of(request).settings.locale


def _form(request: Request, locale: str, status: int, **shown: str) -> Response:
    context = {
        "company": crm_of(request).settings.company,
        "theme": "system",
        "email": "",
        "error": "",
        "next": "",
        **shown,
    }
    text = templates_of(request).render(locale, "signin.html", context)
    return HTMLResponse(text, status_code=status)


def inside(address: str) -> str:
    """`address` if it leads into this site, else the first page."""
    is_ours = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if is_ours else "/pipeline"


@routes.get("/sign-in")
def show_form(
    request: Request,
    next: Annotated[str, Query()] = "",  # noqa: A002  (the address's word)
    locale: Annotated[str, Query()] = "",
) -> Response:
    """The form for address and password."""
    return _form(request, _locale(request, locale), 200, next=next)


@routes.post("/sign-in")
def enter(
    request: Request,
    email: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",  # noqa: A002  (the address's word)
) -> Response:
    """Sign in, and go where one wanted to; or the form again, the address kept."""
    crm, locale = crm_of(request), _locale(request)
    host = request.client.host[:64] if request.client else None
    # Checking a password takes 0.2 s: no writing unit is kept open over it.
    try:
        with crm.read() as uow:
            user_id = check_password(uow, email, password, host=host).id
    except CrmError as error:
        if isinstance(error, WrongPasswordError):
            with crm.work() as uow:
                note_failure(uow, email, host=host)
        translate = templates_of(request).translate
        said = error.text(lambda text: translate(locale, text))
        return _form(request, locale, error.status, email=email, next=next, error=said)
    with crm.work(user_id) as uow:
        key = sign_in(uow, user_id, request.headers.get("user-agent", ""))
    answer = RedirectResponse(inside(next), status_code=303)
    answer.set_cookie(
        COOKIE,
        key,
        max_age=crm.settings.sign_in_days * 86400,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="lax",
    )
    return answer


@routes.post("/sign-out")
def leave(request: Request) -> Response:
    """End the sign-in of this browser."""
    key = request.cookies.get(COOKIE)
    if key:
        with crm_of(request).work() as uow:
            sign_out(uow, key)
    answer = RedirectResponse("/sign-in", status_code=303)
    answer.delete_cookie(COOKIE)
    return answer
