"""Finding a setting by words: in the settings, and in the palette."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import Role, settings_with_origin, split_words
from crmkit.web.pages.places import settings_page, settings_places
from crmkit.web.pages.settings import place_of, show_setting
from crmkit.web.work import work

if TYPE_CHECKING:
    from crmkit.core import UnitOfWork
    from crmkit.web.lines import PlacedLine
    from crmkit.web.pages.settings import ShownSetting

routes = APIRouter(include_in_schema=False)


def find_settings(
    request: Request, uow: UnitOfWork, q: str
) -> list[tuple[ShownSetting, str]]:
    """Settings of core and plugins that all words find, each with its address.

    Label, help and name are searched. Nobody but admins finds one.
    """
    if not uow.actor.can_be(Role.ADMIN) or not split_words(q):
        return []
    every = [show_setting(request, uow, one) for one in settings_with_origin(uow)]
    return [
        (shown, f"{place_of(shown.one.section)}#setting-{shown.one.name}")
        for shown in every
        if fits(f"{shown.label} {shown.help} {shown.one.name.replace('_', ' ')}", q)
    ]


def find_places(request: Request, uow: UnitOfWork, q: str) -> list[PlacedLine]:
    """Pages of the settings whose name the words begin."""
    places = settings_places(request, uow)
    return [place for place in places if not place.failed and fits(place.label, q)]


def fits(text: str, typed: str) -> bool:
    """Whether each word that was typed begins a word of `text`."""
    words = split_words(text)
    return all(
        any(word.startswith(part) for word in words) for part in split_words(typed)
    )


@routes.get("/settings/search")
def show_found(
    request: Request, q: Annotated[str, Query(max_length=250)] = ""
) -> Response:
    """The settings and pages of settings that the words find."""
    with work(request) as uow:
        uow.require(Role.MANAGER)
        found = find_settings(request, uow, q)
        pages = find_places(request, uow, q) if split_words(q) else []
        template = "settings/found.html"
        return settings_page(request, uow, template, q=q, settings=found, pages=pages)
