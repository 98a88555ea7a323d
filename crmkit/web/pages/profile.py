"""What is a user's own: language and theme, where he is signed in, his tokens."""

from __future__ import annotations

from datetime import date, datetime, time
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Form
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crmkit.core import (
    AREAS,
    CrmError,
    TokenDraft,
    UnitOfWork,
    end_other_sign_ins,
    end_sign_in,
    get_sign_in,
    get_token,
    get_user,
    is_sign_in_of,
    list_sign_ins,
    list_tokens,
    make_token,
    mark,
    revoke_token,
    set_profile,
)
from crmkit.web.answers import page, sentence
from crmkit.web.pages.signin import inside
from crmkit.web.sentences import field_errors
from crmkit.web.work import COOKIE, work

routes = APIRouter(include_in_schema=False)

HERE = "/profile"
SCOPES = {"all": mark("All that I may do"), "read": mark("Reading everything")}
WRITING, READING = mark("{area}: read and write"), mark("{area}: read")


# The first that fits: most say that they are also others.
_BROWSERS = {
    "Edg/": "Edge",
    "OPR/": "Opera",
    "Firefox/": "Firefox",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
    "curl/": "curl",
}
_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "Linux": "Linux",
}


class TokenForm(BaseModel):
    """A token as it was asked for: `until` is its last day."""

    model_config = ConfigDict(str_strip_whitespace=True)

    name: str = ""
    scope: str = "all"
    until: str = ""


@routes.get("/")
def go_to_pipeline() -> Response:
    """The first page."""
    return RedirectResponse("/pipeline", status_code=303)


@routes.post("/profile")
def choose(
    request: Request,
    locale: Annotated[Literal["en", "fr"] | None, Form()] = None,
    theme: Annotated[Literal["light", "dark", "system"] | None, Form()] = None,
    back: Annotated[str, Form()] = "",
) -> Response:
    """Keep the actor's language or theme, and go back."""
    with work(request) as uow:
        set_profile(uow, locale=locale, theme=theme)
        return RedirectResponse(inside(back), status_code=303)


@routes.get(HERE)
def show_profile(request: Request) -> Response:
    """Where one is signed in, and one's tokens."""
    with work(request) as uow:
        return _page(request, uow, TokenForm())


@routes.post(f"{HERE}/sign-ins/{{sign_in_id}}/end")
def end(request: Request, sign_in_id: int) -> Response:
    """Sign one browser out."""
    with work(request) as uow:
        end_sign_in(uow, get_sign_in(uow, sign_in_id))
        return RedirectResponse(HERE, status_code=303)


@routes.post(f"{HERE}/sign-ins/end")
def end_others(request: Request) -> Response:
    """Sign every other browser out."""
    with work(request) as uow:
        end_other_sign_ins(uow, request.cookies.get(COOKIE))
        return RedirectResponse(HERE, status_code=303)


@routes.post(f"{HERE}/tokens")
def add_token(request: Request, form: Annotated[TokenForm, Form()]) -> Response:
    """Make a token, and show its key this once."""
    with work(request) as uow:
        try:
            with uow.session.begin_nested():
                _, key = make_token(uow, get_user(uow, _me(uow)), _draft(uow, form))
        except ValidationError as error:
            found = field_errors(error.errors(), lambda text: _say(request, uow, text))
            return _page(
                request, uow, form, {one["field"]: one["message"] for one in found}
            )
        except CrmError as error:
            said = error.text(lambda text: _say(request, uow, text))
            return _page(request, uow, form, {error.field or "name": said})
        return _page(request, uow, TokenForm(), key=key)


@routes.post(f"{HERE}/tokens/{{token_id}}/revoke")
def revoke(request: Request, token_id: int) -> Response:
    """End a token."""
    with work(request) as uow:
        revoke_token(uow, get_token(uow, token_id))
        return RedirectResponse(HERE, status_code=303)


def _me(uow: UnitOfWork) -> int:
    return uow.actor.id or 0


def _say(request: Request, uow: UnitOfWork, text: str) -> str:
    return sentence(request, uow, text)


def _draft(uow: UnitOfWork, form: TokenForm) -> TokenDraft:
    try:
        last = date.fromisoformat(form.until) if form.until else None
    except ValueError:
        raise UnreadableDayError(form.until) from None
    ends = last and datetime.combine(last, time.max, tzinfo=uow.settings.zone)
    return TokenDraft(name=form.name, scopes=(form.scope,), expires_at=ends)


class UnreadableDayError(CrmError):
    """What stands there is no day."""

    def __init__(self, text: str) -> None:
        super().__init__(
            mark("“{text}” is no day like 2030-12-31."), field="expires_at", text=text
        )


def _page(
    request: Request,
    uow: UnitOfWork,
    form: TokenForm,
    errors: dict[str, str] | None = None,
    *,
    key: str = "",
) -> Response:
    own = request.cookies.get(COOKIE)
    return page(
        request,
        uow,
        "profile/page.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        here="profile",
        sign_ins=[
            (one, name_browser(one.browser), is_sign_in_of(one, own))
            for one in list_sign_ins(uow)
        ],
        tokens=list_tokens(uow, get_user(uow, _me(uow))),
        scopes=_scopes(request, uow),
        form=form,
        errors=errors or {},
        key=key,
        now=uow.now(),
    )


def name_browser(agent: str) -> str:
    """The names of browser and system in what a browser says of itself, in short."""
    found = [
        next((name for sign, name in signs.items() if sign in agent), "")
        for signs in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(name for name in found if name) or agent[:40]


def _scopes(request: Request, uow: UnitOfWork) -> list[tuple[str, str]]:
    """What a token may do, as pairs of scope and label."""
    found = [(scope, _say(request, uow, label)) for scope, label in SCOPES.items()]
    for area, label in AREAS.items():
        name = _say(request, uow, label)
        for how, text in (("read", READING), ("write", WRITING)):
            said = _say(request, uow, text).format(area=name)
            found.append((f"{area}:{how}", said))
    return found
