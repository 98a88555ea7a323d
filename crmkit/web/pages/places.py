"""The pages that the settings consist of. A page of settings adds its line here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmkit.core import mark
from crmkit.web.answers import sentence

if TYPE_CHECKING:
    from starlette.requests import Request

    from crmkit.core import UnitOfWork

__all__ = [
    "Place",
    "settings_places",
]

PLACES = (
    (mark("General"), "/settings", "settings"),
    (mark("Currencies"), "/settings/currencies", "arrows-exchange"),
)
"""Label, address and icon of each page; all are for admins."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line in the navigation of the settings."""

    label: str
    href: str
    icon: str
    is_current: bool


def settings_places(request: Request, uow: UnitOfWork) -> list[Place]:
    """Every page of the settings, for templates that extend `settings/frame.html`."""
    path = request.url.path
    # A page below one of them belongs to it, and to the nearest.
    under = [href for _, href, _ in PLACES if f"{path}/".startswith(f"{href}/")]
    here = max(under, key=len, default="")
    return [
        Place(sentence(request, uow, label), href, icon, is_current=here == href)
        for label, href, icon in PLACES
    ]
