"""The API for scripts, under /api/v1, with bearer tokens."""

from fastapi import APIRouter, Depends

from crmkit.web.api import (
    access,
    activities,
    activity_types,
    bulk,
    contacts,
    currencies,
    deleted,
    document,
    duplicates,
    files,
    health,
    jobs,
    leads,
    lists,
    merging,
    messages,
    notifications,
    outcomes,
    permissions,
    pipeline,
    search,
    settings,
    system,
    teams,
    templates,
    timeline,
    tokens,
    views,
)
from crmkit.web.api.parameters import check_parameters
from crmkit.web.repeating import take_keys

PREFIX = "/api/v1"
CHECKS = [Depends(check_parameters)]
"""What every operation of the API does first, a plugin's too."""


def add_routes(router: APIRouter) -> None:
    """Include every route of the API."""
    router.include_router(health.routes)
    for module in (
        pipeline,
        search,
        bulk,
        deleted,
        leads,
        merging,
        duplicates,
        outcomes,
        timeline,
        messages,
        templates,
        notifications,
        activities,
        activity_types,
        contacts,
        files,
        teams,
        lists,
        jobs,
        views,
        currencies,
        system,
        tokens,
        settings,
        access,
        permissions,
        document,
    ):
        take_keys(module.routes)
        router.include_router(module.routes, prefix=PREFIX, dependencies=CHECKS)
