"""Routes for strangers: they answer anybody, and pages of any site may send to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from starlette.routing import compile_path

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from fastapi import APIRouter
    from starlette.types import Scope

_NAME = "crmkit_for_strangers"
_SIGNS = {b"cookie", b"authorization"}

Endpoint = TypeVar("Endpoint", bound="Callable[..., Any]")


def for_strangers(endpoint: Endpoint) -> Endpoint:
    """Mark a page's route: it answers anybody, and any site may send to it.

    It never learns who is signed in, for cookies and tokens are taken off the request
    before it: another site gains nothing by sending it in somebody's name. It opens
    its unit itself (`crm_of(request).work()`). It stands below `@routes.post(…)`.
    """
    setattr(endpoint, _NAME, True)
    return endpoint


class StrangerRoutes:
    """The marked routes of all plugins, known by method and path before routing."""

    def __init__(self) -> None:
        self._known: list[tuple[frozenset[str], re.Pattern[str]]] = []

    def add(self, prefix: str, router: APIRouter) -> None:
        """Remember which routes of a plugin's router are marked."""
        for route in router.routes:
            if getattr(getattr(route, "endpoint", None), _NAME, False):
                pattern, _, _ = compile_path(f"{prefix}{getattr(route, 'path', '')}")
                methods = frozenset(getattr(route, "methods", None) or ())
                self._known.append((methods, pattern))

    def has(self, scope: Scope) -> bool:
        """Whether a request goes to one of them."""
        return any(
            scope["method"] in methods and pattern.match(scope["path"])
            for methods, pattern in self._known
        )


def forget_who(scope: Scope) -> None:
    """Take off a request what tells who sends it."""
    scope["headers"] = [pair for pair in scope["headers"] if pair[0] not in _SIGNS]
