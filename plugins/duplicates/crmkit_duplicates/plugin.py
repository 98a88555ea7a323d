"""Duplicates: leads that are alike are found, with the reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core import mark
from crmkit.hooks import (
    DailyAt,
    Duplicate,
    DuplicatesContext,
    JobKind,
    JobSchedule,
    LeadPanelContext,
    LeadsChanged,
    LeadsContext,
    LeadsMerged,
    Panel,
    Plugin,
    RegisterJobs,
    RegisterSchedules,
    RegisterTables,
    find_duplicates,
    lead_changed,
    lead_created,
    lead_merged,
    lead_unmerged,
    place_lead_panel,
    register_jobs,
    register_schedules,
    register_tables,
)
from crmkit_duplicates import domains, finding, panels, work_at_night
from crmkit_duplicates.settings import Rules
from crmkit_duplicates.tables import Base

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import DeclarativeBase

plugin = Plugin(
    id="duplicates",
    name="Duplicates",
    summary="Similar leads by mail, telephone and company, with the reasons.",
    settings=Rules,
    personal_data=("the domain of each lead's mail address",),
)


@register_tables.impl
def keep_domains(ctx: RegisterTables) -> type[DeclarativeBase]:
    """The domains of mail addresses."""
    del ctx
    return Base


@register_jobs.impl
def do_work(ctx: RegisterJobs) -> Sequence[JobKind]:
    """What was missed while the plugin was off."""
    del ctx
    return [JobKind(work_at_night.NAME, work_at_night.catch_up, mark("Mail domains"))]


@register_schedules.impl
def work_each_night(ctx: RegisterSchedules) -> Sequence[JobSchedule]:
    """The same each night."""
    del ctx
    return [JobSchedule(work_at_night.NAME, work_at_night.NAME, DailyAt(3, 40))]


@lead_created.impl
def note_new(ctx: LeadsContext) -> None:
    """The domains of new leads."""
    domains.keep_domains(ctx.uow, ctx.leads, are_new=True)


@lead_changed.impl
def note_edit(ctx: LeadsChanged) -> None:
    """Another mail address may be of another domain."""
    if "email" in ctx.fields:
        domains.keep_domains(ctx.uow, ctx.leads, are_new=False)


@lead_merged.impl
def note_merge(ctx: LeadsMerged) -> None:
    """The one that stays may have another's mail address."""
    domains.keep_domains(ctx.uow, ctx.leads, are_new=False)


@lead_unmerged.impl
def note_unmerge(ctx: LeadsMerged) -> None:
    """And may have its own again."""
    domains.keep_domains(ctx.uow, ctx.leads, are_new=False)


@find_duplicates.impl
def find(ctx: DuplicatesContext) -> Sequence[Duplicate]:
    """Leads like the one that is shown or typed."""
    if ctx.lead is not None:
        return finding.find_similar(ctx.uow, finding.traits_of(ctx.lead))
    if ctx.draft is not None:
        return finding.find_similar(ctx.uow, finding.traits_typed(ctx.uow, ctx.draft))
    return ()


@place_lead_panel.impl
def show_similar(ctx: LeadPanelContext) -> Panel | None:
    """Similar leads beside a lead."""
    return panels.make_panel(ctx.uow, ctx.lead)
