"""The pages that the settings consist of. A page of settings adds its line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core import Role, mark
from crmkit.hooks import place_settings
from crmkit.web.answers import page, sentence
from crmkit.web.lines import PlacedLine, lines_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from crmkit.core import UnitOfWork

__all__ = [
    "settings_page",
    "settings_places",
]

PLACES = (
    (mark("General"), "/settings", "settings"),
    (mark("Users"), "/settings/users", "users"),
    (mark("Teams"), "/settings/teams", "address-book"),
    (mark("Stages"), "/settings/stages", "layout-kanban"),
    (mark("Mail templates"), "/settings/templates", "mail"),
    (mark("Lists"), "/settings/lists/lost-reasons", "tag"),
    (mark("Activity types"), "/settings/activity-types", "calendar-event"),
    (mark("Currencies"), "/settings/currencies", "arrows-exchange"),
    (mark("Plugins"), "/settings/plugins", "puzzle"),
)
"""Label, address and icon of each page; all are for admins, some for managers too."""
FOR_MANAGERS = frozenset(
    {
        "/settings/templates",
        "/settings/teams",
        "/settings/stages",
        "/settings/lists/lost-reasons",
        "/settings/activity-types",
    }
)


def settings_places(request: Request, uow: UnitOfWork) -> list[PlacedLine]:
    """Every page of the settings, for templates that extend `settings/frame.html`."""
    if not uow.actor.can_be(Role.MANAGER):
        return []
    is_admin = uow.actor.can_be(Role.ADMIN)
    path = request.url.path
    # A page below one of them belongs to it; below the first they all are.
    if path.startswith("/settings/lists/"):
        path = "/settings/lists/lost-reasons"
    under = [href for _, href, _ in PLACES[1:] if f"{path}/".startswith(f"{href}/")]
    here = next(iter(under), path)
    own = [
        PlacedLine(sentence(request, uow, label), href, icon, is_current=here == href)
        for label, href, icon in PLACES
        if is_admin or href in FOR_MANAGERS
    ]
    if not is_admin:
        return own
    return [*own, *lines_of(request, uow, place_settings)]


def settings_page(
    request: Request,
    uow: UnitOfWork,
    template: str,
    status: int = 200,
    /,
    **context: object,
) -> Response:
    """A page of the settings: `template` extends `settings/frame.html`."""
    places = settings_places(request, uow)
    known = {"here": "settings", "settings_places": places}
    return page(request, uow, template, status, **{**known, **context})
