"""Stages and the named choices (reasons, tags, origins), for scripts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body
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
    list_named,
    list_stages,
    rename,
)
from crmkit.web.answers import json_answer
from crmkit.web.work import work

routes = APIRouter(tags=["stages and choices"])

_STAGE = (
    "id version position name team_id probability is_won requires_lost_reason "
    "rotting_days guidance is_folded"
).split()
_KINDS: dict[str, tuple[type[Named], Role]] = {
    "lost-reasons": (LostReason, Role.MANAGER),
    "tags": (Tag, Role.OWN),
    "sources": (Source, Role.MANAGER),
    "mediums": (Medium, Role.MANAGER),
    "campaigns": (Campaign, Role.MANAGER),
}


def _stage(stage: Stage) -> dict[str, Any]:
    return {name: getattr(stage, name) for name in _STAGE}


def _named(named: Named) -> dict[str, Any]:
    return {"id": named.id, "version": named.version, "name": named.name}


@routes.get("/stages")
def list_all_stages(request: Request) -> Response:
    """Every stage, in order."""
    with work(request) as uow:
        return json_answer({"items": [_stage(stage) for stage in list_stages(uow)]})


@routes.post("/stages", status_code=201)
def create_stage(request: Request, draft: StageDraft) -> Response:
    """A new stage."""
    with work(request) as uow:
        return json_answer(_stage(add_stage(uow, draft)), status=201)


@routes.get("/stages/{stage_id}")
def read_stage(request: Request, stage_id: int) -> Response:
    """One stage."""
    with work(request) as uow:
        return json_answer(_stage(get_stage(uow, stage_id)))


@routes.patch("/stages/{stage_id}")
def change_stage(
    request: Request, stage_id: int, changes: Annotated[dict[str, Any], Body()]
) -> Response:
    """Change what the merge-patch names."""
    with work(request) as uow:
        stage = get_stage(uow, stage_id)
        known = {name: getattr(stage, name) for name in StageDraft.model_fields}
        edit_stage(uow, stage, StageDraft(**{**known, **changes}))
        return json_answer(_stage(stage))


@routes.delete("/stages/{stage_id}", status_code=204)
def delete_stage(request: Request, stage_id: int) -> Response:
    """Take out a stage in which no lead stands."""
    with work(request) as uow:
        archive_stage(uow, get_stage(uow, stage_id))
        return Response(status_code=204)


def _add_choice(path: str, kind: type[Named], role: Role) -> None:
    """The four routes of one kind of named choice."""

    @routes.get(f"/{path}", name=f"list {path}")
    def list_all(request: Request) -> Response:
        with work(request) as uow:
            items = [_named(named) for named in list_named(uow, kind)]
            return json_answer({"items": items})

    @routes.post(f"/{path}", status_code=201, name=f"create {path}")
    def create(request: Request, draft: NameDraft) -> Response:
        with work(request) as uow:
            new = add_named(uow, kind, draft, role=role)
            return json_answer(_named(new), status=201)

    @routes.patch(f"/{path}/{{record_id}}", name=f"rename {path}")
    def change(request: Request, record_id: int, draft: NameDraft) -> Response:
        with work(request) as uow:
            named = get_named(uow, kind, record_id)
            rename(uow, named, draft)
            return json_answer(_named(named))

    @routes.delete(f"/{path}/{{record_id}}", status_code=204, name=f"delete {path}")
    def delete(request: Request, record_id: int) -> Response:
        with work(request) as uow:
            archive_named(uow, get_named(uow, kind, record_id))
            return Response(status_code=204)


for _path, (_kind, _role) in _KINDS.items():
    _add_choice(_path, _kind, _role)
