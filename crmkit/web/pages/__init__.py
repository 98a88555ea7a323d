"""The pages for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.web.pages import (
    access,
    activities,
    activity_types,
    board,
    bulk,
    contact_list,
    contact_values,
    contacts,
    currencies,
    deleted,
    facts,
    files,
    filter_builder,
    jobs,
    lead,
    lead_list,
    leads,
    merging,
    messages,
    named_lists,
    notifications,
    outcomes,
    palette,
    past,
    people,
    plugins,
    profile,
    qualifying,
    search,
    settings,
    signin,
    similar,
    stages,
    start,
    teams,
    templates,
    timeline,
    views,
)

if TYPE_CHECKING:
    from fastapi import APIRouter


def add_routes(router: APIRouter) -> None:
    """Add every page; as pages take nothing of `router`, none is built anew for it."""
    for module in (
        signin,
        profile,
        board,
        bulk,
        past,
        start,
        access,
        deleted,
        leads,
        lead_list,
        outcomes,
        merging,
        palette,
        qualifying,
        similar,
        facts,
        timeline,
        messages,
        templates,
        notifications,
        stages,
        named_lists,
        activity_types,
        people,
        teams,
        activities,
        lead,
        contact_list,
        contact_values,
        contacts,
        jobs,
        currencies,
        files,
        filter_builder,
        plugins,
        search,
        settings,
        views,
    ):
        router.routes.extend(module.routes.routes)
