"""Pages of an import before its run: the mapping, and the preview."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import CrmError
from crmkit.web import page, work
from crmkit_data_exchange.field_making import make_fields
from crmkit_data_exchange.import_routes import attachment, go_to, translator_of
from crmkit_data_exchange.imports import (
    add_lookups,
    check_state,
    get_import,
    mapping_of,
    set_mapping,
)
from crmkit_data_exchange.lookups import first_column
from crmkit_data_exchange.mapping import Lookup, Mapping, parse_mapping
from crmkit_data_exchange.mapping_form import name_lookup, read_mapping_form
from crmkit_data_exchange.mapping_views import describe_file, view_mapping
from crmkit_data_exchange.matching import MATCHABLE
from crmkit_data_exchange.previewing import SHOWN_ROWS, preview_import
from crmkit_data_exchange.saved_mappings import (
    list_mappings,
    load_mapping,
    save_mapping,
)
from crmkit_data_exchange.shown_rows import show_rows
from crmkit_data_exchange.tables import Import, ImportState
from crmkit_data_exchange.text_encodings import ENCODINGS
from crmkit_data_exchange.uploads import Form, files_of, lookups_in, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping as Values

    from starlette.datastructures import FormData

    from crmkit.core import UnitOfWork

routes = APIRouter()


@routes.get("/imports/{import_id}/mapping")
def show_mapping(request: Request, import_id: int) -> Response:
    """What each column means, to be changed."""
    with work(request) as uow:
        import_ = get_import(uow, import_id)
        if import_.state is not ImportState.DRAFT:
            return go_to(import_id)
        return _mapping_page(request, uow, import_)


def _mapping_page(
    request: Request, uow: UnitOfWork, import_: Import, error: str = ""
) -> Response:
    mapping, translate = mapping_of(import_), translator_of(request, uow)
    return page(
        request,
        uow,
        "data_exchange/mapping.html",
        422 if error else 200,
        import_=import_,
        mapping=mapping,
        view=view_mapping(uow, import_, translate),
        shape=import_.shape,
        kind=describe_file(import_, translate),
        sheets=[(name, name) for name in import_.shape["sheets"]],
        encodings=[(name, name) for name in ENCODINGS],
        matchable=MATCHABLE[import_.entity],
        saved=list_mappings(uow, import_.entity),
        error=error,
    )


@routes.post("/imports/{import_id}/mapping")
def change_mapping(request: Request, import_id: int, form: Form) -> Response:
    """Keep what the page says, then do what its button says."""
    with work(request) as uow:
        import_ = get_import(uow, import_id)
        check_state(import_, ImportState.DRAFT)
        try:
            with uow.session.begin_nested():
                _take(uow, import_, form)
        except CrmError as error:
            uow.session.refresh(import_)
            said = error.text(translator_of(request, uow))
            return _mapping_page(request, uow, import_, said)
        part = "/preview" if text_of(form, "action") == "preview" else "/mapping"
        return go_to(import_id, part)


def _take(uow: UnitOfWork, import_: Import, form: FormData) -> None:
    action = text_of(form, "action")
    if action == "load":
        set_mapping(uow, import_, load_mapping(uow, int(text_of(form, "saved") or 0)))
        return
    if action == "upload":
        for file in files_of(form, "mapping")[:1]:
            set_mapping(uow, import_, parse_mapping(file.content))
        return
    columns = import_.shape["columns"]
    mapping = read_mapping_form(form, mapping_of(import_), columns)
    files = lookups_in(form)
    add_lookups(uow, import_, files)
    set_mapping(uow, import_, _name_lookups(mapping, files))
    if action == "fields":
        make_fields(uow, import_)
    if action == "save":
        save_mapping(uow, text_of(form, "name"), mapping, columns)


def _name_lookups(mapping: Mapping, files: Values[str, bytes]) -> Mapping:
    """`mapping` with a lookup for each new second file, found by its first column."""
    lookups = dict(mapping.lookups)
    known = {lookup.file for lookup in lookups.values()}
    for file, content in files.items():
        if file not in known:
            key = first_column(content)
            lookups[name_lookup(file, list(lookups))] = Lookup(file=file, key=key)
    return mapping.model_copy(update={"lookups": lookups})


@routes.get("/imports/{import_id}/mapping.json")
def download_mapping(request: Request, import_id: int) -> Response:
    """The mapping as a file, for the command line or another import."""
    with work(request) as uow:
        import_ = get_import(uow, import_id)
        stem = import_.file_name.rpartition(".")[0] or import_.file_name
        return Response(
            mapping_of(import_).to_json(),
            media_type="application/json",
            headers=attachment(f"{stem}.map.json"),
        )


@routes.get("/imports/{import_id}/preview")
def show_preview(request: Request, import_id: int) -> Response:
    """What the import would do, row by row; nothing is written."""
    with work(request) as uow:
        import_ = get_import(uow, import_id)
        if import_.state is not ImportState.DRAFT:
            return go_to(import_id)
        translate = translator_of(request, uow)
        try:
            preview = preview_import(uow, import_)
        except CrmError as error:
            return _mapping_page(request, uow, import_, error.text(translate))
        refusal = preview.refusal
        return page(
            request,
            uow,
            "data_exchange/preview.html",
            import_=import_,
            preview=preview,
            create=mapping_of(import_).create,
            shown=SHOWN_ROWS,
            table=show_rows(uow, preview.rows, import_.entity, translate),
            groups=[
                (g.problem.text(translate), g.count, g.lines) for g in preview.groups
            ],
            refusal="" if refusal is None else refusal.text(translate),
        )
