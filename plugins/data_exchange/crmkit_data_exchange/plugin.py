"""Import of tables with mapping, preview and undo; export as CSV and JSON Lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core import mark
from crmkit.hooks import (
    JobKind,
    LeadPanelContext,
    ListContext,
    NavigationContext,
    NavigationItem,
    Panel,
    Plugin,
    RegisterJobs,
    RegisterRoutes,
    RegisterTables,
    place_first_steps,
    place_lead_panel,
    place_list_actions,
    place_navigation,
    register_api,
    register_jobs,
    register_pages,
    register_tables,
)
from crmkit.web import all_need
from crmkit_data_exchange import (
    export_routes,
    import_routes,
    json_routes,
    mapping_routes,
    panels,
    runs,
    undoing,
)
from crmkit_data_exchange.permissions import EXPORTING, IMPORTING, PERMISSIONS
from crmkit_data_exchange.tables import Base

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import APIRouter
    from sqlalchemy.orm import DeclarativeBase

plugin = Plugin(
    id="data_exchange",
    name="Data exchange",
    summary="Tables of any kind in, with mapping, preview and undo; and out again.",
    permissions=PERMISSIONS,
    personal_data=("the files that were imported, with all that stands in them",),
)


@register_tables.impl
def keep_imports(ctx: RegisterTables) -> type[DeclarativeBase]:
    """Imports, their files and rows, and saved mappings."""
    del ctx
    return Base


@register_pages.impl
def show_pages(ctx: RegisterRoutes) -> Sequence[APIRouter]:
    """Upload, mapping, preview, run and result of imports; downloads of exports."""
    del ctx
    return [
        all_need(IMPORTING, import_routes.routes),
        all_need(IMPORTING, mapping_routes.routes),
        all_need(EXPORTING, export_routes.routes),
    ]


@register_api.impl
def answer_scripts(ctx: RegisterRoutes) -> Sequence[APIRouter]:
    """Imports and exports for scripts."""
    del ctx
    return [all_need(IMPORTING, json_routes.routes)]


@register_jobs.impl
def do_work(ctx: RegisterJobs) -> Sequence[JobKind]:
    """Runs of imports, and their undoing."""
    del ctx
    return [
        JobKind(runs.RUN_IMPORT, runs.run_import, mark("Import of a file")),
        JobKind(undoing.UNDO_IMPORT, undoing.undo_import, mark("Undo of an import")),
    ]


@place_navigation.impl
def show_place(ctx: NavigationContext) -> Sequence[NavigationItem]:
    """“Import” in the navigation."""
    return panels.list_navigation() if ctx.uow.may(IMPORTING) else []


@place_first_steps.impl
def show_beginning(ctx: NavigationContext) -> Sequence[NavigationItem]:
    """“Import a file” among the ways to begin."""
    return panels.list_first_steps() if ctx.uow.may(IMPORTING) else []


@place_list_actions.impl
def offer_exports(ctx: ListContext) -> Sequence[NavigationItem]:
    """The list as it is looked at, as a file."""
    return panels.list_exports(ctx) if ctx.uow.may(EXPORTING) else []


@place_lead_panel.impl
def tell_origin(ctx: LeadPanelContext) -> Panel | None:
    """“Imported from FILE, line N” beside a lead that came by an import."""
    return panels.make_origin_panel(ctx.uow, ctx.lead.id)
