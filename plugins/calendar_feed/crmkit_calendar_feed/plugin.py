"""Calendar feed: planned activities in any calendar, by a secret address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core import mark
from crmkit.hooks import (
    NavigationContext,
    NavigationItem,
    Plugin,
    RegisterRoutes,
    RegisterTables,
    place_my_menu,
    register_api,
    register_pages,
    register_tables,
)
from crmkit.web import all_need
from crmkit_calendar_feed import json_routes, routes
from crmkit_calendar_feed.permissions import FEEDING, PERMISSIONS
from crmkit_calendar_feed.tables import Base

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import APIRouter
    from sqlalchemy.orm import DeclarativeBase

plugin = Plugin(
    id="calendar_feed",
    name="Calendar feed",
    summary="Planned activities in any calendar, by a secret address.",
    permissions=PERMISSIONS,
    personal_data=("who has a secret address of a feed, and since when",),
)


@register_tables.impl
def keep_feeds(ctx: RegisterTables) -> type[DeclarativeBase]:
    """Whose addresses there are."""
    del ctx
    return Base


@register_pages.impl
def show_pages(ctx: RegisterRoutes) -> Sequence[APIRouter]:
    """Making and revoking one's address, and the feed itself."""
    del ctx
    return [all_need(FEEDING, routes.pages), routes.feeds]


@register_api.impl
def answer_scripts(ctx: RegisterRoutes) -> Sequence[APIRouter]:
    """The same for scripts."""
    del ctx
    return [all_need(FEEDING, json_routes.routes)]


@place_my_menu.impl
def show_place(ctx: NavigationContext) -> Sequence[NavigationItem]:
    """“Calendar feed” in the menu of each who may have one."""
    if not ctx.uow.may(FEEDING):
        return []
    return [NavigationItem(mark("Calendar feed"), routes.PAGE, "calendar")]
