"""The API for scripts, under /api/v1, with bearer tokens."""

from importlib import import_module

from fastapi import APIRouter, Depends

from crmkit.web.api.parameters import check_parameters
from crmkit.web.repeating import take_keys

PREFIX = "/api/v1"
CHECKS = [Depends(check_parameters)]
"""What every operation of the API does first, a plugin's too."""

_MODULES = (
    "pipeline",
    "search",
    "bulk",
    "deleted",
    "leads",
    "merging",
    "duplicates",
    "outcomes",
    "timeline",
    "messages",
    "templates",
    "notifications",
    "activities",
    "activity_types",
    "contacts",
    "files",
    "teams",
    "lists",
    "jobs",
    "views",
    "currencies",
    "system",
    "tokens",
    "settings",
    "access",
    "permissions",
    "document",
)
"""Imported where they are served: building their routes takes a second."""


def add_routes(router: APIRouter) -> None:
    """Include every route of the API."""
    router.include_router(import_module(f"{__name__}.health").routes)
    for name in _MODULES:
        module = import_module(f"{__name__}.{name}")
        take_keys(module.routes)
        router.include_router(module.routes, prefix=PREFIX, dependencies=CHECKS)
