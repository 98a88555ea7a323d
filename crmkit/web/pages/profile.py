"""What a user chooses for himself: language and theme."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crmkit.core import set_profile
from crmkit.web.pages.signin import inside
from crmkit.web.work import work

routes = APIRouter()


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
