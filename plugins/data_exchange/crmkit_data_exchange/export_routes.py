"""Downloads: leads and contacts as far as the actor may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from crmkit.web import crm_of, work
from crmkit_data_exchange.exporting import (
    MEDIA_TYPES,
    Asked,
    Format,
    check_asked,
    write_export,
)
from crmkit_data_exchange.import_routes import attachment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit_data_exchange.runs import OpensUnits

routes = APIRouter()


class ExportAsked(BaseModel):
    """What the address of a download says."""

    filter: str = ""
    q: str = ""
    sort: str = ""
    columns: str = ""

    def of(self, entity: str, format_: Format) -> Asked:
        """What is asked for, of an entity."""
        names = tuple(name.strip() for name in self.columns.split(","))
        columns = tuple(dict.fromkeys(filter(None, names)))
        return Asked(entity, format_, self.filter, self.q, self.sort, columns)


class PageExportAsked(ExportAsked):
    """The same, and its form, which is CSV where none is named."""

    format: Format = "csv"


@routes.get("/export/leads")
def export_leads(
    request: Request, asked: Annotated[PageExportAsked, Query()]
) -> Response:
    """The leads of a filter as a file."""
    return stream_export(request, asked.of("lead", asked.format))


@routes.get("/export/contacts")
def export_contacts(
    request: Request, asked: Annotated[PageExportAsked, Query()]
) -> Response:
    """The contacts of a filter as a file."""
    return stream_export(request, asked.of("contact", asked.format))


def stream_export(request: Request, asked: Asked) -> Response:
    """A file that is sent while it is read; what cannot be is refused before."""
    with work(request) as uow:
        check_asked(uow, asked)
        who, day = uow.actor.id, uow.today()
    name = f"{asked.entity}s-{day.isoformat()}.{asked.format}"
    return StreamingResponse(
        _stream(crm_of(request), who, asked),
        media_type=MEDIA_TYPES[asked.format],
        headers=attachment(name),
    )


def _stream(crm: OpensUnits, who: int | None, asked: Asked) -> Iterator[bytes]:
    """The file, out of a unit that is opened and closed with the stream."""
    with crm.read(who) as uow:
        yield from write_export(uow, asked)
