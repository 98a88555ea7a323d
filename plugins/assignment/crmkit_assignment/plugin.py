"""Assignment: which lead goes to whom, fairly, with reasons, and tried first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core import mark
from crmkit.hooks import (
    DailyAt,
    FieldUse,
    JobKind,
    JobSchedule,
    LeadOwner,
    LeadsContext,
    NavigationContext,
    NavigationItem,
    Permission,
    Plugin,
    RegisterJobs,
    RegisterRoutes,
    RegisterSchedules,
    RegisterTables,
    RegisterUndo,
    choose_owner,
    name_field_uses,
    place_navigation,
    register_api,
    register_jobs,
    register_pages,
    register_schedules,
    register_tables,
    register_undo,
)
from crmkit_assignment import (
    applying,
    arriving,
    json_routes,
    routes,
    rule_routes,
    rules,
    runs,
    undoing,
)
from crmkit_assignment.tables import Base

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import APIRouter
    from sqlalchemy.orm import DeclarativeBase

    from crmkit.core import Undoable

plugin = Plugin(
    id="assignment",
    name="Assignment",
    summary="Leads go to teams and members by rule, fairly, and tried first.",
    after=("scoring",),
    permissions=(
        Permission(
            name="assign",
            label=mark("Assign leads by rule"),
            lowest_role="manager",
        ),
    ),
    personal_data=("when members work and are away, and which leads they were given",),
)


@register_tables.impl
def keep_rules(ctx: RegisterTables) -> type[DeclarativeBase]:
    """Rules of teams and members, runs and their lines."""
    del ctx
    return Base


@name_field_uses.impl
def name_rules(ctx: FieldUse) -> Sequence[str]:
    """The teams and members whose rules filter by a field."""
    return rules.rules_with(ctx.uow, ctx.name) if ctx.entity == "lead" else ()


@register_pages.impl
def show_pages(ctx: RegisterRoutes) -> Sequence[APIRouter]:
    """Plans and runs, fairness, rules."""
    del ctx
    return [routes.routes, rule_routes.routes]


@register_api.impl
def answer_scripts(ctx: RegisterRoutes) -> Sequence[APIRouter]:
    """The same for scripts."""
    del ctx
    return [json_routes.routes]


@register_undo.impl
def take_back(ctx: RegisterUndo) -> Mapping[str, Undoable]:
    """Changed rules and options, and runs."""
    del ctx
    return undoing.WAYS


@register_jobs.impl
def do_work(ctx: RegisterJobs) -> Sequence[JobKind]:
    """Runs, and applying plans."""
    del ctx
    return [
        JobKind(runs.RUN, applying.do_run, mark("Assignment of leads")),
        JobKind(runs.APPLY, applying.apply_run, mark("Assignment of leads by a plan")),
        JobKind(arriving.DAILY, arriving.run_daily, mark("Assignment of the day")),
    ]


@register_schedules.impl
def work_each_day(ctx: RegisterSchedules) -> Sequence[JobSchedule]:
    """A run each morning, where that is chosen."""
    del ctx
    return [JobSchedule(arriving.DAILY, arriving.DAILY, DailyAt(7))]


@choose_owner.impl
def receive(ctx: LeadsContext) -> Mapping[int, LeadOwner] | None:
    """New leads go to somebody at once, where that is chosen."""
    return arriving.choose_at_once(ctx.uow, ctx.leads)


@place_navigation.impl
def show_place(ctx: NavigationContext) -> Sequence[NavigationItem]:
    """“Assignment” in the navigation of those who may."""
    if not ctx.uow.may(json_routes.ASSIGN):
        return []
    label = mark("Assignment")
    return [NavigationItem(label, "/p/assignment/runs", "users")]
