"""The pages for people."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import APIRouter

_MODULES = (
    "signin",
    "profile",
    "board",
    "bulk",
    "components",
    "past",
    "start",
    "access",
    "deleted",
    "leads",
    "lead_list",
    "outcomes",
    "merging",
    "palette",
    "qualifying",
    "similar",
    "facts",
    "timeline",
    "messages",
    "templates",
    "notifications",
    "stages",
    "named_lists",
    "activity_types",
    "people",
    "teams",
    "activities",
    "agenda",
    "lead",
    "contact_list",
    "contact_facts",
    "contact_values",
    "contacts",
    "jobs",
    "currencies",
    "files",
    "filter_builder",
    "plugins",
    "search",
    "setting_search",
    "settings",
    "views",
    "watching",
)
"""Imported where they are served: building their routes takes a second."""


def add_routes(router: APIRouter) -> None:
    """Add every page; as pages take nothing of `router`, none is built anew for it."""
    for name in _MODULES:
        module = import_module(f"{__name__}.{name}")
        router.routes.extend(module.routes.routes)
