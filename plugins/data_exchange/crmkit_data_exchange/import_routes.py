"""Pages of imports: the list, the upload, the run and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from fastapi import APIRouter
from sqlalchemy import func, select
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crmkit.core import CrmError, JobState, mark, sentence_of_job
from crmkit.web import crm_of, page, sentence, work
from crmkit_data_exchange.errors import NoFileError
from crmkit_data_exchange.imports import (
    Entity,
    discard_import,
    find_job,
    get_import,
    list_imports,
    start_import,
)
from crmkit_data_exchange.mapping import parse_mapping
from crmkit_data_exchange.panels import IMPORTS
from crmkit_data_exchange.results import (
    group_reasons,
    list_left_out,
    name_left_out,
    problems_of,
    write_left_out,
)
from crmkit_data_exchange.runs import begin_run, continue_run, pause_run
from crmkit_data_exchange.tables import Import, ImportRow, ImportState
from crmkit_data_exchange.undoing import (
    begin_undo,
    count_kept,
    enqueue_undo,
    list_kept,
)
from crmkit_data_exchange.uploads import Form, files_of, lookups_in, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.datastructures import FormData

    from crmkit.core import UnitOfWork

routes = APIRouter()

PLUGIN = "data_exchange"
SHOWN_ROWS = 50
LINE = mark("Line")
REASON = mark("Why it was left out")
_MOVING = (ImportState.RUNNING, ImportState.UNDOING)


def translator_of(request: Request, uow: UnitOfWork) -> Callable[[str], str]:
    """A function that gives a sentence in the actor's language."""
    return lambda text: sentence(request, uow, text, PLUGIN)


def go_to(import_id: int, part: str = "") -> Response:
    """The way to a page of an import."""
    return RedirectResponse(f"{IMPORTS}/{import_id}{part}", status_code=303)


def who_is(request: Request) -> int | None:
    """The id of who asks; the unit that told it is over."""
    with work(request) as uow:
        return uow.actor.id


@routes.get("/imports")
def show_imports(request: Request) -> Response:
    """The imports so far."""
    with work(request) as uow:
        return page(
            request, uow, "data_exchange/imports.html", imports=list_imports(uow)
        )


@routes.get("/imports/new")
def ask_file(request: Request, entity: str = "lead") -> Response:
    """The page on which a file is chosen."""
    with work(request) as uow:
        return page(request, uow, "data_exchange/upload.html", entity=entity, error="")


@routes.post("/imports")
def upload(request: Request, form: Form) -> Response:
    """Keep the file and propose a mapping; what cannot be read is told at once."""
    entity = "contact" if text_of(form, "entity") == "contact" else "lead"
    with work(request) as uow:
        try:
            with uow.session.begin_nested():
                new = _start(uow, cast("Entity", entity), form)
        except CrmError as error:
            return page(
                request,
                uow,
                "data_exchange/upload.html",
                422,
                entity=entity,
                error=error.text(translator_of(request, uow)),
            )
        return go_to(new.id, "/mapping")


def _start(uow: UnitOfWork, entity: Entity, form: FormData) -> Import:
    files = files_of(form, "file")
    if not files:
        raise NoFileError
    maps = files_of(form, "mapping")
    return start_import(
        uow,
        entity,
        files[0],
        mapping=parse_mapping(maps[0].content) if maps else None,
        lookups=lookups_in(form),
    )


@routes.get("/imports/{import_id}")
def show_import(request: Request, import_id: int) -> Response:
    """A draft's mapping, else how far the import is or what came of it."""
    with work(request) as uow:
        import_ = get_import(uow, import_id)
        if import_.state is ImportState.DRAFT:
            return go_to(import_id, "/mapping")
        if import_.state in (*_MOVING, ImportState.PAUSED):
            return _show_run(request, uow, import_)
        return _show_result(request, uow, import_)


def _show_run(request: Request, uow: UnitOfWork, import_: Import) -> Response:
    job = find_job(uow, import_)
    state = job.state if job else JobState.CANCELLED
    translate = translator_of(request, uow)
    return page(
        request,
        uow,
        "data_exchange/run.html",
        import_=import_,
        job_state=state.value,
        error=sentence_of_job(job, translate) if job else "",
        is_going=import_.state in _MOVING
        and state not in (JobState.FAILED, JobState.CANCELLED),
    )


def _show_result(request: Request, uow: UnitOfWork, import_: Import) -> Response:
    translate = translator_of(request, uow)
    groups = group_reasons(uow, import_)
    return page(
        request,
        uow,
        "data_exchange/result.html",
        import_=import_,
        groups=[
            (group.problem.text(translate), group.count, group.lines)
            for group in groups
        ],
        left_out=[
            (row, " ".join(p.text(translate) for p in problems_of(row)))
            for row in list_left_out(uow, import_, SHOWN_ROWS)
        ],
        kept=list_kept(uow, import_, SHOWN_ROWS),
        kept_count=count_kept(uow, import_),
        list_filter=_filter_of(uow, import_),
    )


def _filter_of(uow: UnitOfWork, import_: Import) -> str:
    """A filter's text that shows the leads of the import; "" without any."""
    if import_.entity != "lead":
        return ""
    query = select(func.min(ImportRow.record_id), func.max(ImportRow.record_id))
    first, last = uow.session.execute(
        query.where(ImportRow.import_id == import_.id)
    ).one()
    return f"id >= {first} and id <= {last}" if first is not None else ""


@routes.post("/imports/{import_id}/run")
def run(request: Request, import_id: int) -> Response:
    """Begin; the page that follows shows how far the job is."""
    begin_run(crm_of(request), who_is(request), import_id)
    return go_to(import_id)


@routes.post("/imports/{import_id}/pause")
def pause(request: Request, import_id: int) -> Response:
    """Begin no further batch until somebody continues."""
    with work(request) as uow:
        pause_run(uow, get_import(uow, import_id))
        return go_to(import_id)


@routes.post("/imports/{import_id}/continue")
def go_on(request: Request, import_id: int) -> Response:
    """Go on with an import, or its undo, that was paused or whose job ended."""
    with work(request) as uow:
        import_ = get_import(uow, import_id)
        if import_.state is ImportState.UNDOING:
            enqueue_undo(uow, import_)
        else:
            continue_run(uow, import_)
        return go_to(import_id)


@routes.post("/imports/{import_id}/undo")
def undo(request: Request, import_id: int) -> Response:
    """Begin to take the import back; the page that follows shows how far it is."""
    with work(request) as uow:
        begin_undo(uow, get_import(uow, import_id))
        return go_to(import_id)


@routes.post("/imports/{import_id}/discard")
def discard(request: Request, import_id: int) -> Response:
    """Forget a draft and its files."""
    with work(request) as uow:
        discard_import(uow, get_import(uow, import_id))
        return RedirectResponse(IMPORTS, status_code=303)


@routes.get("/imports/{import_id}/refused.csv")
def download_refused(request: Request, import_id: int) -> Response:
    """The rows that were left out, with why, to be mended and imported again."""
    with work(request) as uow:
        import_ = get_import(uow, import_id)
        translate = translator_of(request, uow)
        heads = [translate(LINE), translate(REASON)]
        data = b"".join(write_left_out(uow, import_, translate, heads))
        return Response(
            data,
            media_type="text/csv; charset=utf-8",
            headers=attachment(name_left_out(import_)),
        )


def attachment(name: str) -> dict[str, str]:
    """The header that lets a browser keep an answer as a file of this name."""
    plain = "".join(c if c.isascii() and c.isprintable() else "_" for c in name)
    safe = plain.replace('"', "_").replace("\\", "_")
    return {"content-disposition": f'attachment; filename="{safe}"'}
