"""Web forms: leads that come in by themselves, kept before anything is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.core import mark
from crmkit.hooks import (
    DailyAt,
    FieldUse,
    JobKind,
    JobSchedule,
    LeadPanelContext,
    NavigationContext,
    NavigationItem,
    Panel,
    Plugin,
    RegisterJobs,
    RegisterRoutes,
    RegisterSchedules,
    RegisterTables,
    name_field_uses,
    place_lead_panel,
    place_navigation,
    register_api,
    register_jobs,
    register_pages,
    register_schedules,
    register_tables,
)
from crmkit_web_forms import (
    answers,
    asking,
    json_routes,
    panels,
    processing,
    routes,
    visiting,
)
from crmkit_web_forms.permissions import PERMISSIONS, READING
from crmkit_web_forms.settings import Options
from crmkit_web_forms.tables import Base

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import APIRouter
    from sqlalchemy.orm import DeclarativeBase

plugin = Plugin(
    id="web_forms",
    name="Web forms",
    summary="Forms for your site, built in a page; every answer becomes a lead.",
    settings=Options,
    permissions=PERMISSIONS,
    personal_data=(
        "what visitors sent, with files, language and the consent text they agreed to",
        "for some days a fingerprint of the computer that sent it",
    ),
)


@register_tables.impl
def keep_answers(ctx: RegisterTables) -> type[DeclarativeBase]:
    """Forms, consent texts and answers."""
    del ctx
    return Base


@name_field_uses.impl
def name_forms(ctx: FieldUse) -> Sequence[str]:
    """The forms that ask a field."""
    return asking.forms_asking(ctx.uow, ctx.name) if ctx.entity == "lead" else ()


@register_pages.impl
def show_pages(ctx: RegisterRoutes) -> Sequence[APIRouter]:
    """Building forms, reading answers, and what visitors see."""
    del ctx
    return [routes.routes, visiting.visits]


@register_api.impl
def answer_scripts(ctx: RegisterRoutes) -> Sequence[APIRouter]:
    """The same for scripts."""
    del ctx
    return [json_routes.routes]


@register_jobs.impl
def do_work(ctx: RegisterJobs) -> Sequence[JobKind]:
    """Making leads of answers, and forgetting."""
    del ctx
    return [
        JobKind(
            answers.PROCESS,
            processing.process,
            mark("Answer to a web form"),
            retries_refusals=True,
        ),
        JobKind(processing.FORGET, processing.forget, mark("Old answers to web forms")),
    ]


@register_schedules.impl
def forget_each_night(ctx: RegisterSchedules) -> Sequence[JobSchedule]:
    """What is over goes each night."""
    del ctx
    return [JobSchedule(processing.FORGET, processing.FORGET, DailyAt(3, 20))]


@place_lead_panel.impl
def show_answer(ctx: LeadPanelContext) -> Panel | None:
    """Form, consent and answers beside a lead that came by a form."""
    return panels.make_panel(ctx.uow, ctx.lead)


@place_navigation.impl
def show_place(ctx: NavigationContext) -> Sequence[NavigationItem]:
    """“Web forms” in the navigation of those who may read what was sent."""
    if not ctx.uow.may(READING):
        return []
    return [NavigationItem(mark("Web forms"), routes.HERE, "forms")]
