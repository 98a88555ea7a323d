"""Stages and the named choices (reasons, tags, origins), for scripts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    Campaign,
    LostReason,
    Medium,
    Named,
    NameDraft,
    Role,
    Source,
    Stage,
    StageDraft,
    Tag,
    add_named,
    add_stage,
    archive_named,
    archive_stage,
    edit_stage,
    get_named,
    get_stage,
    list_archived_stages,
    list_named,
    list_stages,
    rename,
    replace_stage,
    restore_named,
    restore_stage,
)
from crmkit.web.answers import json_answer, record_answer, version_of
from crmkit.web.api import shapes
from crmkit.web.api.asking import Archived
from crmkit.web.api.patches import merge_patch
from crmkit.web.work import work

routes = APIRouter(tags=["stages and choices"])

_STAGE = (
    "id version position name team_ids probability is_won requires_lost_reason "
    "rotting_days guidance is_folded mail_template_id archived_at"
).split()
_NAMED = ("id", "version", "name", "archived_at")
_CHOICE, _CHOICES = shapes.Choice, shapes.Items[shapes.Choice]
KINDS: dict[str, tuple[type[Named], Role]] = {
    "lost-reasons": (LostReason, Role.MANAGER),
    "tags": (Tag, Role.OWN),
    "sources": (Source, Role.MANAGER),
    "mediums": (Medium, Role.MANAGER),
    "campaigns": (Campaign, Role.MANAGER),
}


def describe_stage(stage: Stage) -> dict[str, Any]:
    """A stage as scripts get it."""
    return {name: getattr(stage, name) for name in _STAGE}


def describe_named(named: Named) -> dict[str, Any]:
    """A named choice as scripts get it."""
    return {name: getattr(named, name) for name in _NAMED}


@routes.get("/stages", response_model=shapes.Items[shapes.Stage])
def list_all_stages(request: Request, *, archived: Archived = False) -> Response:
    """Every stage, in order."""
    with work(request) as uow:
        found = list_archived_stages(uow) if archived else list_stages(uow)
        return json_answer({"items": [describe_stage(stage) for stage in found]})


@routes.post("/stages", status_code=201, response_model=shapes.Stage)
def create_stage(request: Request, draft: StageDraft) -> Response:
    """A new stage."""
    with work(request) as uow:
        return record_answer(request, describe_stage(add_stage(uow, draft)), status=201)


@routes.get("/stages/{stage_id}", response_model=shapes.Stage)
def read_stage(request: Request, stage_id: int) -> Response:
    """One stage."""
    with work(request) as uow:
        return record_answer(
            request, describe_stage(get_stage(uow, stage_id, archived=True))
        )


@routes.patch(
    "/stages/{stage_id}",
    response_model=shapes.Stage,
    openapi_extra=merge_patch(StageDraft),
)
def change_stage(
    request: Request, stage_id: int, changes: Annotated[dict[str, Any], Body()]
) -> Response:
    """Change what the merge-patch names."""
    with work(request) as uow:
        stage = get_stage(uow, stage_id)
        known = {name: getattr(stage, name) for name in StageDraft.model_fields}
        draft = StageDraft(**{**known, **changes})
        edit_stage(uow, stage, draft, version_of(request))
        return record_answer(request, describe_stage(stage))


@routes.delete(
    "/stages/{stage_id}",
    status_code=204,
    responses={202: {"model": shapes.StartedJob, "description": "A job moves them."}},
)
def delete_stage(
    request: Request,
    stage_id: int,
    leads_to: Annotated[int | None, Query(description="Where its leads go.")] = None,
) -> Response:
    """Take out a stage; leads that stand in it go to `leads_to`."""
    with work(request) as uow:
        stage = get_stage(uow, stage_id)
        if leads_to is None:
            archive_stage(uow, stage)
        elif (job := replace_stage(uow, stage, get_stage(uow, leads_to))) is not None:
            return json_answer({"job_id": job}, status=202)
        return Response(status_code=204)


@routes.post("/stages/{stage_id}/restore", response_model=shapes.Stage)
def bring_stage_back(request: Request, stage_id: int) -> Response:
    """Put an archived stage back to its place."""
    with work(request) as uow:
        stage = get_stage(uow, stage_id, archived=True)
        restore_stage(uow, stage)
        return record_answer(request, describe_stage(stage))


def _add_list(path: str, kind: type[Named], role: Role) -> None:
    """The routes of a kind of named choice as a whole."""

    @routes.get(f"/{path}", response_model=_CHOICES)
    def list_all(request: Request, *, archived: Archived = False) -> Response:
        """Every choice of this kind, by name."""
        with work(request) as uow:
            found = list_named(uow, kind, archived=archived)
            return json_answer({"items": [describe_named(named) for named in found]})

    @routes.post(f"/{path}", status_code=201, response_model=_CHOICE)
    def create(request: Request, draft: NameDraft) -> Response:
        """A new choice of this kind."""
        with work(request) as uow:
            new = add_named(uow, kind, draft, role=role)
            return record_answer(request, describe_named(new), status=201)


def _add_one(one: str, kind: type[Named]) -> None:
    """The routes of a single choice of a kind."""

    @routes.get(one, response_model=_CHOICE)
    def read(request: Request, record_id: int) -> Response:
        """One choice, in use or archived."""
        with work(request) as uow:
            return record_answer(
                request, describe_named(get_named(uow, kind, record_id))
            )

    @routes.patch(one, response_model=_CHOICE)
    def change(request: Request, record_id: int, draft: NameDraft) -> Response:
        """Give a choice another name."""
        with work(request) as uow:
            named = get_named(uow, kind, record_id)
            rename(uow, named, draft, version_of(request))
            return record_answer(request, describe_named(named))

    @routes.delete(one, status_code=204)
    def delete(request: Request, record_id: int) -> Response:
        """Take a choice out of the list; records that have it keep it."""
        with work(request) as uow:
            archive_named(uow, get_named(uow, kind, record_id))
            return Response(status_code=204)

    @routes.post(f"{one}/restore", response_model=_CHOICE)
    def restore(request: Request, record_id: int) -> Response:
        """Bring an archived choice back into the list."""
        with work(request) as uow:
            named = get_named(uow, kind, record_id)
            restore_named(uow, named)
            return record_answer(request, describe_named(named))


for _path, (_kind, _role) in KINDS.items():
    _add_list(_path, _kind, _role)
    _add_one(f"/{_path}/{{record_id}}", _kind)
