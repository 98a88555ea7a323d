"""First steps: a pipeline to begin with, ways to fill it, sample data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    Role,
    add_sample,
    choose_pipeline,
    has_sample,
    is_pipeline_empty,
    list_pipeline_templates,
    list_stages,
    mark,
    remove_sample,
)
from crmkit.hooks import place_first_steps
from crmkit.web.answers import changed, page, sentence
from crmkit.web.lines import lines_of
from crmkit.web.work import work

if TYPE_CHECKING:
    from crmkit.core import PipelineTemplate, UnitOfWork

routes = APIRouter(include_in_schema=False)

CHOSEN = mark("The stages are those of “{pipeline}” now")
ADDED = mark("Sample data is loaded: {count} invented leads")
REMOVED = mark("The sample data is removed")
PARTLY_REMOVED = mark(
    "The sample data is removed, but for what was changed since: {names}"
)
_NAMED = 5


class Start:
    """What the ways to begin show, asked for when a template shows it."""

    def __init__(self, request: Request, uow: UnitOfWork) -> None:
        self._uow = uow
        self.steps = lines_of(request, uow, place_first_steps)
        self.can_manage = uow.actor.can_be(Role.MANAGER)
        self.can_invite = uow.actor.can_be(Role.ADMIN)

    @property
    def pipelines(self) -> list[PipelineTemplate]:
        """The templates, in the actor's language."""
        return list_pipeline_templates(self._uow.actor.locale)

    @property
    def chosen(self) -> str:
        """The template whose stages are there, as far as names tell."""
        names = [stage.name for stage in list_stages(self._uow)]
        same = (p for p in self.pipelines if [s.name for s in p.stages] == names)
        return next((pipeline.slug for pipeline in same), "")

    @property
    def has_sample(self) -> bool:
        """Whether sample data is there; only a manager is asked to remove it."""
        return self.can_manage and has_sample(self._uow)

    @property
    def is_empty(self) -> bool:
        """Whether no lead stands in the pipeline."""
        return is_pipeline_empty(self._uow)


@routes.get("/start")
def show_start(request: Request) -> Response:
    """The first steps."""
    with work(request) as uow:
        start = Start(request, uow)
        return page(request, uow, "start/page.html", here="start", start=start)


@routes.post("/start/pipeline")
def choose(request: Request, pipeline: Annotated[str, Form()] = "") -> Response:
    """Give the empty pipeline the stages of a template."""
    with work(request) as uow:
        choose_pipeline(uow, pipeline, uow.actor.locale)
        known = {one.slug: one.name for one in Start(request, uow).pipelines}
        said = sentence(request, uow, CHOSEN).format(pipeline=known[pipeline])
        return changed(request, uow, said)


@routes.post("/start/sample")
def load(request: Request) -> Response:
    """Load sample data."""
    with work(request) as uow:
        leads = add_sample(uow, uow.actor.locale)
        said = sentence(request, uow, ADDED).format(count=len(leads))
        return changed(request, uow, said)


@routes.post("/start/sample/remove")
def remove(request: Request) -> Response:
    """Remove sample data, and say what stays because people changed it."""
    with work(request) as uow:
        removed = remove_sample(uow)
        text = sentence(request, uow, PARTLY_REMOVED if removed.kept else REMOVED)
        names = removed.kept[:_NAMED] + ["…"] * (len(removed.kept) > _NAMED)
        return changed(request, uow, text.format(names=", ".join(names)))
