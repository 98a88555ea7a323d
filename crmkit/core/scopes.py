"""Scopes: how much of what its user may do a token may do.

A scope is an area and whether it may write there; writing includes reading. What
choices there are (stages, teams, fields, who works here) every token may read.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from crmkit.core.errors import CrmError, mark

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = [
    "ALL_SCOPES",
    "AREAS",
    "ScopeError",
    "UnknownScopeError",
    "has_scope",
    "scope_of",
]

EVERYTHING = "all"
READING = "read"
CHOICES = "setup"
AREAS = {
    "leads": mark("Leads, activities, notes and files"),
    "contacts": mark("Contacts"),
    CHOICES: mark("Stages, teams, tags and other choices"),
    "admin": mark("Users, tokens, plugins and settings"),
}
"""The areas of the core, and what each holds; a plugin's area is `p:<plugin id>`."""
ALL_SCOPES = (
    EVERYTHING,
    READING,
    *(f"{area}:{how}" for area in AREAS for how in ("read", "write")),
)
"""The scopes of the core: everything, all reading, and each area's two."""

_PLUGIN = re.compile(r"p:[a-z][a-z0-9_]{0,23}(:read)?")


class UnknownScopeError(CrmError):
    """No token can have this scope."""

    def __init__(self, scope: str) -> None:
        super().__init__(
            mark("“{scope}” is no scope; there are {known} and p:<plugin id>."),
            field="scopes",
            scope=scope,
            known=", ".join(ALL_SCOPES),
        )


class ScopeError(CrmError):
    """The token with which somebody works does not reach as far."""

    status = HTTPStatus.FORBIDDEN

    def __init__(self, scope: str) -> None:
        super().__init__(
            mark("This token does not allow this; it takes the scope “{scope}”."),
            scope=scope,
        )


def check_scopes(scopes: Collection[str]) -> None:
    """Raise UnknownScopeError where one of `scopes` does not exist, or for none."""
    if not scopes:
        raise UnknownScopeError("")
    for scope in scopes:
        if scope not in ALL_SCOPES and not _PLUGIN.fullmatch(scope):
            raise UnknownScopeError(scope)


def scope_of(area: str, *, writes: bool) -> str:
    """The narrowest scope that covers reading or writing in `area`."""
    if area.startswith("p:"):
        return area if writes else f"{area}:read"
    return f"{area}:write" if writes else f"{area}:read"


def has_scope(scopes: Collection[str], wanted: str) -> bool:
    """Whether a token of `scopes` may do what the scope `wanted` allows."""
    if EVERYTHING in scopes or wanted in scopes:
        return True
    if wanted in {EVERYTHING, READING} or not wanted.endswith(":read"):
        return False
    area = wanted.removesuffix(":read")
    return area == CHOICES or bool({READING, area, f"{area}:write"} & set(scopes))
