"""The settings of stages: their order, and what each asks for."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    CrmError,
    Role,
    Stage,
    StageDraft,
    UnitOfWork,
    add_stage,
    archive_stage,
    count_standing,
    edit_stage,
    get_stage,
    heirs_of,
    list_archived_stages,
    list_stages,
    list_teams,
    list_templates,
    mark,
    order_stages,
    replace_stage,
    restore_stage,
)
from crmkit.web.answers import changed, sentence
from crmkit.web.pages.blanks import Blank
from crmkit.web.pages.places import settings_page
from crmkit.web.pages.rows import go_to, say_errors, step_in
from crmkit.web.pages.typed import number_text, read_number, read_whole
from crmkit.web.work import work

routes = APIRouter(include_in_schema=False)

HERE = "/settings/stages"
MANY = 8
ORDERED = mark("The order of the stages is changed")
TAKEN_OUT = mark("{stage} is out of the pipeline")
BEING_EMPTIED = mark("The leads of {stage} are being moved; then it goes.")
SEE_JOB = mark("See how far it is")
STAGES = mark("Stages")
# Counted repetitions of all the world's digits would take megabytes of each process.
_IDS, _LONGEST = "^[0-9]{1,9}(,[0-9]{1,9})*$", 2_000


Heir = Annotated[Blank, Form()]


class StageForm(BaseModel):
    """A stage as it was typed."""

    name: str = ""
    team_ids: list[str] = []
    probability: str = "10"
    rotting_days: str = ""
    guidance: str = ""
    is_won: str = ""
    mail_template_id: Blank = None
    requires_lost_reason: str = ""
    is_folded: str = ""

    @classmethod
    def of(cls, stage: Stage, locale: str) -> StageForm:
        """What the form of `stage` holds before anybody types."""
        return cls(
            name=stage.name,
            team_ids=[str(one) for one in stage.team_ids],
            probability=number_text(stage.probability, locale),
            rotting_days=str(stage.rotting_days or ""),
            guidance=stage.guidance,
            mail_template_id=stage.mail_template_id,
            is_won=_tick(stage.is_won),
            requires_lost_reason=_tick(stage.requires_lost_reason),
            is_folded=_tick(stage.is_folded),
        )

    def draft(self, locale: str) -> StageDraft:
        """What the core takes."""
        return StageDraft(
            name=self.name,
            team_ids=tuple(read_whole(one) for one in self.team_ids),
            probability=read_number(self.probability, locale) or 0,
            rotting_days=read_whole(self.rotting_days) if self.rotting_days else None,
            guidance=self.guidance,
            mail_template_id=self.mail_template_id,
            is_won=bool(self.is_won),
            requires_lost_reason=bool(self.requires_lost_reason),
            is_folded=bool(self.is_folded),
        )


def _tick(is_on: bool) -> str:  # noqa: FBT001  (of a form)
    return "on" if is_on else ""


def _list(
    request: Request, uow: UnitOfWork, errors: dict[str, str] | None = None
) -> Response:
    uow.require(Role.MANAGER)
    stages = list_stages(uow)
    return settings_page(
        request,
        uow,
        "settings/stages.html",
        422 if errors else 200,
        stages=stages,
        archived=list_archived_stages(uow),
        teams={team.id: team.name for team in list_teams(uow)},
        is_many=len(stages) > MANY,
        errors=errors or {},
    )


def _one(
    request: Request,
    uow: UnitOfWork,
    stage: Stage,
    typed: StageForm | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    """The page of `stage`, its form with what was typed."""
    uow.require(Role.MANAGER)
    return settings_page(
        request,
        uow,
        "settings/stage.html",
        422 if errors else 200,
        stage=stage,
        form=typed or StageForm.of(stage, uow.actor.locale),
        standing=count_standing(uow, stage),
        templates=[(one.id, one.name) for one in list_templates(uow)],
        heirs=[(heir.id, heir.name) for heir in heirs_of(uow, stage)],
        teams=[(team.id, team.name) for team in list_teams(uow)],
        errors=errors or {},
    )


@routes.get(HERE)
def show_stages(request: Request) -> Response:
    """Every stage, in order."""
    with work(request) as uow:
        return _list(request, uow)


@routes.post(HERE)
def add(request: Request, name: Annotated[str, Form()] = "") -> Response:
    """A new stage, the last, and its page."""
    with work(request) as uow:
        uow.require(Role.MANAGER)
        try:
            stage = add_stage(uow, StageDraft(name=name))
        except ValidationError as error:
            return _list(request, uow, say_errors(request, uow, error))
        return go_to(f"{HERE}/{stage.id}")


@routes.post(HERE + "/order")
def order(
    request: Request, ids: Annotated[str, Form(pattern=_IDS, max_length=_LONGEST)]
) -> Response:
    """Put the stages into the order in which they were dropped."""
    with work(request) as uow:
        order_stages(uow, [int(one) for one in ids.split(",")])
        return changed(request, uow, sentence(request, uow, ORDERED))


@routes.get(HERE + "/{stage_id}")
def show_stage(request: Request, stage_id: int) -> Response:
    """The form of a stage."""
    with work(request) as uow:
        return _one(request, uow, get_stage(uow, stage_id, archived=True))


@routes.post(HERE + "/{stage_id}")
def save(
    request: Request, stage_id: int, form: Annotated[StageForm, Form()]
) -> Response:
    """Keep what was typed, or show what is wrong."""
    with work(request) as uow:
        uow.require(Role.MANAGER)
        stage = get_stage(uow, stage_id)
        try:
            edit_stage(uow, stage, form.draft(uow.actor.locale))
        except (CrmError, ValidationError) as error:
            return _one(request, uow, stage, form, say_errors(request, uow, error))
        return go_to(HERE)


@routes.post(HERE + "/{stage_id}/step")
def step(
    request: Request, stage_id: int, by: Annotated[int, Form(ge=-1, le=1)] = 1
) -> Response:
    """Move a stage one place up (-1) or down (1)."""
    with work(request) as uow:
        get_stage(uow, stage_id)
        ids = [stage.id for stage in list_stages(uow)]
        order_stages(uow, step_in(ids, stage_id, by))
        return go_to(HERE)


@routes.post(HERE + "/{stage_id}/archive")
def archive(request: Request, stage_id: int, leads_to: Heir = None) -> Response:
    """Take a stage out; leads that stand in it go to the one that was chosen."""
    with work(request) as uow:
        uow.require(Role.MANAGER)
        stage, text = get_stage(uow, stage_id), TAKEN_OUT
        href, label = HERE, STAGES
        if leads_to is None:
            archive_stage(uow, stage)
        elif (job := replace_stage(uow, stage, get_stage(uow, leads_to))) is not None:
            text, href, label = BEING_EMPTIED, f"/jobs/{job}", SEE_JOB
        said = sentence(request, uow, text).format(stage=stage.name)
        label = sentence(request, uow, label)
        return changed(request, uow, said, href=href, link_label=label)


@routes.post(HERE + "/{stage_id}/restore")
def restore(request: Request, stage_id: int) -> Response:
    """Bring a stage back to its place."""
    with work(request) as uow:
        restore_stage(uow, get_stage(uow, stage_id, archived=True))
        return go_to(HERE)
