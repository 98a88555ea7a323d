"""The command palette: what is found and what can be done, as one types."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    Hit,
    Role,
    UnitOfWork,
    favourite_views,
    find_records,
    mark,
    split_words,
)
from crmkit.hooks import place_my_menu, place_navigation
from crmkit.web.answers import page, sentence
from crmkit.web.lines import lines_of
from crmkit.web.pages.search import KIND_LABELS, path_of
from crmkit.web.pages.setting_search import find_places, find_settings, fits
from crmkit.web.work import work

if TYPE_CHECKING:
    from collections.abc import Iterator

routes = APIRouter(include_in_schema=False)

FOUND = 8
_PLACES = (
    (mark("Today"), "/today", "inbox"),
    (mark("Pipeline"), "/pipeline", "layout-kanban"),
    (mark("Leads"), "/leads", "list-details"),
    (mark("Contacts"), "/contacts", "address-book"),
    (mark("Jobs"), "/jobs", "clock"),
    (mark("Bin"), "/bin", "database"),
    (mark("First steps"), "/start", "plus"),
    (mark("Components"), "/ui", "eye"),
)
_SETTINGS = (mark("Settings"), "/settings", "settings")
_LISTS = {"lead": "/leads", "contact": "/contacts"}


@dataclass(frozen=True, slots=True)
class Command:
    """A line of the palette that leads somewhere."""

    label: str
    href: str
    icon: str


@routes.get("/palette")
def show_palette(
    request: Request, q: Annotated[str, Query(max_length=250)] = ""
) -> Response:
    """The lines of the palette for what was typed."""
    with work(request) as uow:
        found = find_records(uow, q, limit=FOUND)
        hits = sorted(found.items, key=lambda hit: list(KIND_LABELS).index(hit.kind))
        return page(
            request,
            uow,
            "palette.html",
            q=q,
            groups=[
                (sentence(request, uow, KIND_LABELS[kind]), list(_paths(own)))
                for kind, own in groupby(hits, key=lambda hit: hit.kind)
            ],
            has_more=found.has_more,
            settings=list(_settings(request, uow, q)),
            commands=[one for one in _commands(request, uow) if fits(one.label, q)],
        )


def _settings(request: Request, uow: UnitOfWork, q: str) -> Iterator[Command]:
    """Settings and their pages, once something is typed."""
    if not split_words(q):
        return
    for place in find_places(request, uow, q)[:FOUND]:
        yield Command(place.label, place.href, place.icon)
    for shown, href in find_settings(request, uow, q)[:FOUND]:
        yield Command(shown.label, href, "settings")


def _paths(hits: Iterator[Hit]) -> Iterator[tuple[Hit, str]]:
    return ((hit, path_of(hit)) for hit in hits)


def _commands(request: Request, uow: UnitOfWork) -> Iterator[Command]:
    """Every place one may go to: the core's, plugins', the views at hand."""
    admins = (_SETTINGS,) if uow.actor.can_be(Role.ADMIN) else ()
    for label, href, icon in (*_PLACES, *admins):
        yield Command(sentence(request, uow, label), href, icon)
    for slot in (place_navigation, place_my_menu):
        for line in lines_of(request, uow, slot):
            if not line.failed:
                yield Command(line.label, line.href, line.icon)
    for view in favourite_views(uow):
        yield Command(view.name, f"{_LISTS[view.entity]}?view={view.id}", "pin")
