"""Routes that take a permission of their plugin, checked as their unit is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from fastapi import APIRouter

_NAME = "crmkit_permission"

Endpoint = TypeVar("Endpoint", bound="Callable[..., Any]")


class UndeclaredPermissionError(Exception):
    """A route takes a permission that no manifest declares."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Its manifest declares no permission “{name}”.")


def needs(permission: str) -> Callable[[Endpoint], Endpoint]:
    """Mark a route: `work` opens no unit of it for who lacks the permission.

    The permission is named `<plugin id>.<name>`. It stands below `@routes.get(…)`.
    """

    def mark_route(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _NAME, permission)
        return endpoint

    return mark_route


def all_need(permission: str, router: APIRouter) -> APIRouter:
    """`router`, whose every route takes the permission, but those that name another."""
    for route in router.routes:
        endpoint = getattr(route, "endpoint", None)
        if endpoint is not None and permission_of(endpoint) is None:
            needs(permission)(endpoint)
    return router


def permission_of(endpoint: object) -> str | None:
    """The name of the permission that a route takes, if it takes one."""
    name: str | None = getattr(endpoint, _NAME, None)
    return name


def check_declared(router: APIRouter, declared: Container[str]) -> None:
    """Raise UndeclaredPermissionError for a route whose permission is not declared."""
    for route in router.routes:
        name = permission_of(getattr(route, "endpoint", None))
        if name is not None and name not in declared:
            raise UndeclaredPermissionError(name)
