"""Fields of one's own: made in a page, arranged by dragging, moved by a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core import mark
from crmkit.hooks import (
    FieldGroup,
    FieldsContext,
    LeadMove,
    NavigationContext,
    NavigationItem,
    Plugin,
    Refusal,
    RegisterRoutes,
    RegisterTables,
    arrange_fields,
    check_lead_move,
    place_settings,
    register_api,
    register_pages,
    register_tables,
)
from crmkit_studio_fields import demands, json_routes, layouts, life_routes, routes
from crmkit_studio_fields.tables import Base

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import APIRouter
    from sqlalchemy.orm import DeclarativeBase

plugin = Plugin(
    id="studio_fields",
    name="Studio fields",
    summary="Fields of your own, made and arranged without code.",
)


@register_tables.impl
def keep_layouts(ctx: RegisterTables) -> type[DeclarativeBase]:
    """Layouts, and from which stage on fields are needed."""
    del ctx
    return Base


@register_pages.impl
def show_pages(ctx: RegisterRoutes) -> Sequence[APIRouter]:
    """The studio and the form of a field, for admins."""
    del ctx
    return [routes.routes, life_routes.routes]


@register_api.impl
def answer_scripts(ctx: RegisterRoutes) -> Sequence[APIRouter]:
    """Fields and layouts for scripts."""
    del ctx
    return [json_routes.routes]


@place_settings.impl
def show_place(ctx: NavigationContext) -> Sequence[NavigationItem]:
    """“Fields” among the settings."""
    del ctx
    return [NavigationItem(mark("Fields"), routes.HERE, "forms")]


@arrange_fields.impl
def arrange(ctx: FieldsContext) -> Sequence[FieldGroup] | None:
    """The groups of the record's team, else those for all."""
    return layouts.groups_for(ctx.uow, ctx.entity, ctx.team_id)


@check_lead_move.impl
def check_needed(ctx: LeadMove) -> Refusal | None:
    """A lead goes nowhere without what the stage needs."""
    return demands.find_missing(ctx.uow, ctx.leads, ctx.stage)
