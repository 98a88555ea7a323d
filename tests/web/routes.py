"""Every route of an application, as the framework will serve it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fastapi import FastAPI


def routes_of(app: FastAPI) -> set[str]:
    """Method and path of every route but static files, as `GET /leads/{lead_id}`."""
    return {
        f"{method} {path}"
        for path, methods in _walk(app.routes)
        for method in methods - {"HEAD", "OPTIONS"}
    }


def _walk(routes: Iterable[Any]) -> Iterator[tuple[str, set[str]]]:
    for route in routes:
        if hasattr(route, "effective_candidates"):  # a router that was included
            yield from _walk(route.effective_candidates())
        elif getattr(route, "methods", None):
            yield route.path, set(route.methods)
