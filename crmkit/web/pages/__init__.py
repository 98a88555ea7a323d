"""The pages for people."""

from fastapi import FastAPI

from crmkit.web.pages import (
    activities,
    board,
    bulk,
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
    named_lists,
    notifications,
    outcomes,
    palette,
    plugins,
    profile,
    qualifying,
    search,
    settings,
    signin,
    similar,
    stages,
    timeline,
    views,
)


def add_routes(app: FastAPI) -> None:
    """Mount every page."""
    for module in (
        signin,
        profile,
        board,
        bulk,
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
        notifications,
        stages,
        named_lists,
        activities,
        lead,
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
        app.include_router(module.routes, include_in_schema=False)
