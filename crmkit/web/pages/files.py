"""Files of a lead's and a contact's page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Query, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crmkit.core import (
    Contact,
    Lead,
    UnitOfWork,
    attach_file,
    attachments_of,
    detach_file,
    get_attachment,
    get_contact,
    get_lead,
    mark,
)
from crmkit.web.answers import page, sentence
from crmkit.web.downloads import send_file
from crmkit.web.pages.entries import entries_of
from crmkit.web.pages.shown import Shower
from crmkit.web.uploads import NoFileError, open_upload
from crmkit.web.work import work

routes = APIRouter(include_in_schema=False)

ATTACHED = mark("{name} attached")
ATTACHED_MANY = mark("{count} files attached")
DETACHED = mark("{name} removed")

Uploads = Annotated[list[UploadFile] | None, File(alias="file")]


def files_context(uow: UnitOfWork, of: Lead | Contact) -> dict[str, object]:
    """What the panel of files wants."""
    return {
        "files": attachments_of(uow, of),
        "files_at": f"/{of.__tablename__}s/{of.id}",
        "file_megabytes": uow.settings.file_megabytes,
    }


def _answer(
    request: Request, uow: UnitOfWork, of: Lead | Contact, said: str
) -> Response:
    context = files_context(uow, of)
    if request.headers.get("hx-request") != "true":
        return RedirectResponse(str(context["files_at"]), status_code=303)
    entries = entries_of(Shower(request, uow, of)) if isinstance(of, Lead) else None
    context |= {"entries": entries, "sentence": said, "change_id": uow.change_id}
    return page(request, uow, "files/_changed.html", **context)


def _attach(
    request: Request, uow: UnitOfWork, to: Lead | Contact, files: Uploads
) -> Response:
    if not files:
        raise NoFileError
    names = []
    for upload in files:
        stream, name = open_upload(upload)
        names.append(attach_file(uow, to, stream, name).name)
    said = sentence(request, uow, ATTACHED if len(names) == 1 else ATTACHED_MANY)
    return _answer(request, uow, to, said.format(name=names[0], count=len(names)))


@routes.post("/leads/{lead_id}/attachments")
def attach_to_lead(request: Request, lead_id: int, file: Uploads = None) -> Response:
    """New files of a lead."""
    with work(request) as uow:
        return _attach(request, uow, get_lead(uow, lead_id), file)


@routes.post("/contacts/{contact_id}/attachments")
def attach_to_contact(
    request: Request, contact_id: int, file: Uploads = None
) -> Response:
    """New files of a contact."""
    with work(request) as uow:
        return _attach(request, uow, get_contact(uow, contact_id), file)


@routes.get("/files/{file_id}")
def read(
    request: Request, file_id: int, inline: Annotated[str, Query()] = ""
) -> Response:
    """The bytes of a file: to keep, or an image to look at."""
    with work(request) as uow:
        return send_file(request, uow, file_id, inline=bool(inline))


@routes.post("/files/{file_id}/detach")
def detach(request: Request, file_id: int) -> Response:
    """Take a file away."""
    with work(request) as uow:
        attachment, of = get_attachment(uow, file_id)
        detach_file(uow, of, attachment)
        said = sentence(request, uow, DETACHED).format(name=attachment.name)
        return _answer(request, uow, of, said)
