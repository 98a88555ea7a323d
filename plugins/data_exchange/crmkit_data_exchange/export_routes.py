"""Downloads: leads and contacts as far as the actor may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from crmkit.core import ListQuery, criterion_of
from crmkit.web import crm_of, work
from crmkit_data_exchange.exporting import (
    MEDIA_TYPES,
    Format,
    list_exported,
    write_export,
)
from crmkit_data_exchange.import_routes import attachment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit_data_exchange.runs import OpensUnits

routes = APIRouter()

Text = Annotated[str, Query()]


@routes.get("/export/leads")
def export_leads(
    request: Request,
    filter: Text = "",  # noqa: A002  (the name of the parameter in addresses)
    q: Text = "",
    format: Format = "csv",  # noqa: A002  (the same)
) -> Response:
    """The leads of a filter as a file."""
    return stream_export(request, "lead", ListQuery(filter, q), format)


@routes.get("/export/contacts")
def export_contacts(
    request: Request,
    filter: Text = "",  # noqa: A002  (the name of the parameter in addresses)
    q: Text = "",
    format: Format = "csv",  # noqa: A002  (the same)
) -> Response:
    """The contacts of a filter as a file."""
    return stream_export(request, "contact", ListQuery(filter, q), format)


def stream_export(
    request: Request, entity: str, query: ListQuery, format_: Format
) -> Response:
    """A file that is sent while it is read; what cannot be is refused before."""
    with work(request) as uow:
        list_exported(uow, entity)
        criterion_of(uow, entity, query.filter, query.words)
        who, day = uow.actor.id, uow.today()
    name = f"{entity}s-{day.isoformat()}.{format_}"
    return StreamingResponse(
        _stream(crm_of(request), who, entity, query, format_),
        media_type=MEDIA_TYPES[format_],
        headers=attachment(name),
    )


def _stream(
    crm: OpensUnits, who: int | None, entity: str, query: ListQuery, format_: Format
) -> Iterator[bytes]:
    """The file, out of a unit that is opened and closed with the stream."""
    with crm.read(who) as uow:
        yield from write_export(uow, entity, query, format_)
