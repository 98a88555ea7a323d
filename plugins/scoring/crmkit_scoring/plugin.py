"""Scoring: how likely each lead is won, why, and how well that was foretold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core import mark
from crmkit.hooks import (
    Badge,
    CardsContext,
    ContactPanelContext,
    DailyAt,
    JobKind,
    JobSchedule,
    LeadPanelContext,
    LeadsChanged,
    LeadsContext,
    NavigationContext,
    NavigationItem,
    OwnTemplate,
    Permission,
    Plugin,
    RegisterJobs,
    RegisterRoutes,
    RegisterSchedules,
    RegisterTables,
    estimate_probability,
    lead_changed,
    lead_created,
    lead_deleted,
    lead_lost,
    lead_moved,
    lead_restored,
    lead_won,
    place_card_badges,
    place_contact_panel,
    place_lead_panel,
    place_navigation,
    register_api,
    register_jobs,
    register_pages,
    register_schedules,
    register_tables,
)
from crmkit_scoring import (
    estimating,
    following,
    json_routes,
    panels,
    rescoring,
    routes,
)
from crmkit_scoring.config import REBUILD, TRAIN
from crmkit_scoring.counting import FOLD
from crmkit_scoring.learned import training
from crmkit_scoring.tables import Base

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from fastapi import APIRouter
    from sqlalchemy.orm import DeclarativeBase

plugin = Plugin(
    id="scoring",
    name="Scoring",
    summary="Probabilities from your own won and lost leads, with reasons.",
    permissions=(
        Permission(
            name="train",
            label=mark("Choose and train the model"),
            lowest_role="manager",
        ),
    ),
    personal_data=("which contacts asked not to be profiled",),
)


@register_tables.impl
def keep_counts(ctx: RegisterTables) -> type[DeclarativeBase]:
    """Counts, models, and who opted out."""
    del ctx
    return Base


@register_pages.impl
def show_pages(ctx: RegisterRoutes) -> Sequence[APIRouter]:
    """The model and its back-test."""
    del ctx
    return [routes.routes]


@register_api.impl
def answer_scripts(ctx: RegisterRoutes) -> Sequence[APIRouter]:
    """The model, reasons and reports for scripts."""
    del ctx
    return [json_routes.routes]


@register_jobs.impl
def do_work(ctx: RegisterJobs) -> Sequence[JobKind]:
    """Counting, and scoring every open lead."""
    del ctx
    return [
        JobKind(FOLD, rescoring.fold_counts, mark("Counts of closed leads")),
        JobKind(REBUILD, rescoring.rebuild_counts, mark("Probabilities of all leads")),
        JobKind(training.LEARN, training.learn, mark("Learning from closed leads")),
    ]


@register_schedules.impl
def work_at_night(ctx: RegisterSchedules) -> Sequence[JobSchedule]:
    """Everything anew each night."""
    del ctx
    return [JobSchedule(REBUILD, REBUILD, DailyAt(3, 20))]


@estimate_probability.impl
def judge(ctx: LeadsContext) -> Mapping[int, Decimal] | None:
    """The probability by the chosen model."""
    return estimating.estimate(ctx.uow, ctx.leads)


@lead_created.impl
def count_new(ctx: LeadsContext) -> None:
    """Leads that come in closed are counted."""
    following.follow_creation(ctx.uow, ctx.leads)


@lead_changed.impl
def follow_fields(ctx: LeadsChanged) -> None:
    """A lead whose source or tags changed is scored anew."""
    following.follow_edit(ctx.uow, ctx.leads, ctx.fields)


@lead_moved.impl
def follow_stage(ctx: LeadsContext) -> None:
    """A move into or out of a won stage is counted."""
    following.follow_closing(ctx.uow, ctx.leads)


@lead_won.impl
def count_won(ctx: LeadsContext) -> None:
    """Won leads are counted."""
    following.follow_closing(ctx.uow, ctx.leads)


@lead_lost.impl
def count_lost(ctx: LeadsContext) -> None:
    """Lost leads are counted."""
    following.follow_closing(ctx.uow, ctx.leads)


@lead_restored.impl
def take_back(ctx: LeadsContext) -> None:
    """What is open again is no longer counted."""
    following.follow_closing(ctx.uow, ctx.leads)


@lead_deleted.impl
def forget(ctx: LeadsContext) -> None:
    """What is in the bin is not counted."""
    following.follow_closing(ctx.uow, ctx.leads)


@place_navigation.impl
def show_place(ctx: NavigationContext) -> Sequence[NavigationItem]:
    """“Scoring” in the navigation of those who may choose the model."""
    if not ctx.uow.may(TRAIN):
        return []
    return [NavigationItem(mark("Scoring"), "/p/scoring/model", "target")]


@place_lead_panel.impl
def give_reasons(ctx: LeadPanelContext) -> OwnTemplate | None:
    """The probability beside a lead, and why."""
    return panels.make_panel(ctx.uow, ctx.lead)


@place_contact_panel.impl
def tell_profiling(ctx: ContactPanelContext) -> OwnTemplate:
    """Whether a contact is profiled, and the way out."""
    return panels.make_contact_panel(ctx.uow, ctx.contact)


@place_card_badges.impl
def mark_cards(ctx: CardsContext) -> Mapping[int, Sequence[Badge]]:
    """Leads that are far from their stage's default, or set by hand."""
    return panels.make_badges(ctx.uow, ctx.cards)
