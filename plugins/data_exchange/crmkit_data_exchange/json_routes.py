"""Imports and exports for scripts, below /api/v1/p/data_exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from crmkit.web import crm_of, json_answer, needs, takes_no_key, work
from crmkit_data_exchange import json_shapes as shapes
from crmkit_data_exchange.dry_runs import describe_preview, dry_run
from crmkit_data_exchange.errors import NoFileError
from crmkit_data_exchange.export_routes import ExportAsked, stream_export
from crmkit_data_exchange.exporting import Format  # noqa: TC001  (Pydantic reads it)
from crmkit_data_exchange.import_routes import translator_of, who_is
from crmkit_data_exchange.imports import (
    Entity,
    Upload,
    get_import,
    list_imports,
    start_import,
)
from crmkit_data_exchange.mapping import Mapping, parse_mapping
from crmkit_data_exchange.permissions import EXPORTING
from crmkit_data_exchange.results import describe_import, list_errors
from crmkit_data_exchange.runs import begin_run, continue_run
from crmkit_data_exchange.tables import Import, ImportState
from crmkit_data_exchange.undoing import begin_undo
from crmkit_data_exchange.uploads import Form, files_of, lookups_in, text_of

if TYPE_CHECKING:
    from starlette.datastructures import FormData

    from crmkit.core import UnitOfWork

routes = APIRouter(tags=["data_exchange"])


class ApiExportAsked(ExportAsked):
    """What a script asks for; JSON Lines where no form is named."""

    format: Format = "jsonl"


_TRUE = frozenset({"1", "true", "yes", "on"})


@routes.get("/imports", response_model=shapes.ImportPage)
def list_all(request: Request) -> Response:
    """The newest imports that the token's user may see."""
    with work(request) as uow:
        items = [describe_import(import_) for import_, _ in list_imports(uow)]
        return json_answer({"items": items, "next_cursor": None, "has_more": False})


@routes.post(
    "/imports",
    status_code=201,
    response_model=shapes.ListedImport,
    responses={
        200: {"model": shapes.DryRun, "description": "What a dry run foretells."}
    },
    openapi_extra=shapes.MULTIPART,
)
def start(request: Request, form: Form) -> Response:
    """Start an import: multipart `entity`, `file`, `mapping` (JSON), `lookups`.

    It stays a draft until it is told to `/run`. With `dry_run` nothing
    is kept, and the answer tells what each row would come to.
    """
    crm, who = crm_of(request), who_is(request)
    given = _read_parts(form)
    if text_of(form, "dry_run").lower() in _TRUE:
        with crm.read(who) as uow:
            preview = dry_run(uow, *given)
            said = describe_preview(given[1].name, preview, translator_of(request, uow))
            return json_answer(said)
    entity, file, mapping, lookups = given
    with work(request) as uow:
        new = start_import(uow, entity, file, mapping=mapping, lookups=lookups)
        return json_answer(describe_import(new), status=201)


def _read_parts(
    form: FormData,
) -> tuple[Entity, Upload, Mapping | None, dict[str, bytes]]:
    files = files_of(form, "file")
    if not files:
        raise NoFileError
    maps = [file.content for file in files_of(form, "mapping")]
    texts = [text_of(form, "mapping").encode(), *maps]
    chosen = [parse_mapping(text) for text in texts if text][:1]
    # What is no entity at all is refused when its fields are asked for.
    entity = cast("Entity", text_of(form, "entity") or "lead")
    return entity, files[0], chosen[0] if chosen else None, lookups_in(form)


@routes.get("/imports/{import_id}", response_model=shapes.ShownImport)
def show(request: Request, import_id: int) -> Response:
    """How far an import is, and in `errors` each row that was left out, with why."""
    with work(request) as uow:
        return _answer(request, uow, get_import(uow, import_id))


def _answer(request: Request, uow: UnitOfWork, import_: Import) -> Response:
    errors = list_errors(uow, import_, translator_of(request, uow))
    return json_answer({**describe_import(import_), "errors": errors})


@routes.post("/imports/{import_id}/run", response_model=shapes.ShownImport)
@takes_no_key
def run(request: Request, import_id: int) -> Response:
    """Begin a draft, or go on with what was paused: GET it until `state` is `done`."""
    crm, who = crm_of(request), who_is(request)
    with crm.read(who) as uow:
        state = get_import(uow, import_id).state
    if state is ImportState.DRAFT:
        begin_run(crm, who, import_id)
    else:
        with crm.work(who) as uow:
            continue_run(uow, get_import(uow, import_id))
    with crm.read(who) as uow:
        return _answer(request, uow, get_import(uow, import_id))


@routes.post("/imports/{import_id}/undo", response_model=shapes.ShownImport)
def undo(request: Request, import_id: int) -> Response:
    """Begin to take an import back: GET it until `state` is `undone`."""
    with work(request) as uow:
        import_ = get_import(uow, import_id)
        begin_undo(uow, import_)
        return _answer(request, uow, import_)


@routes.get("/export/{entity}s", response_class=Response, responses=shapes.EXPORTED)
@needs(EXPORTING)
def export(
    request: Request, entity: str, asked: Annotated[ApiExportAsked, Query()]
) -> Response:
    """The leads or contacts of a filter as JSON Lines, CSV or a workbook.

    With `sort` it is what the list shows, in that order; without, everything by its
    number, archived records too. `columns` are fields with commas between; all of them
    without.
    """
    return stream_export(request, asked.of(entity, asked.format))
