"""A plugin that shows on every surface that crmkit has."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from crmkit.hooks import (
    Every,
    JobKind,
    JobSchedule,
    NavigationItem,
    Panel,
    PanelLine,
    Plugin,
    extend_leads,
    place_lead_panel,
    place_navigation,
    register_api,
    register_jobs,
    register_pages,
    register_schedules,
)
from crmkit.web import work

plugin = Plugin(id="everywhere", name="Everywhere")
JOB = SCHEDULE = "everywhere.do_nothing"


def answer(request: Request) -> Response:
    """Who asks."""
    with work(request) as uow:
        return PlainTextResponse(uow.actor.name)


def router(path: str) -> APIRouter:
    """A router with one route."""
    made = APIRouter()
    made.add_api_route(path, answer, response_model=None)
    return made


@register_pages.impl
def pages(ctx):
    del ctx
    return [router("/home")]


@register_api.impl
def api(ctx):
    del ctx
    return [router("/things")]


@register_jobs.impl
def jobs(ctx):
    del ctx
    return [JobKind(JOB, lambda _job: None)]


@register_schedules.impl
def schedules(ctx):
    del ctx
    return [JobSchedule(SCHEDULE, JOB, Every(86_400))]


@place_navigation.impl
def lead_there(ctx):
    del ctx
    return [NavigationItem("Everywhere", "/p/everywhere/home", "target")]


@place_lead_panel.impl
def stand_beside(ctx):
    del ctx
    return Panel("Everywhere beside", (PanelLine("Here too"),))


@extend_leads.impl
def add_to(ctx):
    return {lead_id: {"is": "here"} for lead_id in ctx.ids}
