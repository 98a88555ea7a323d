"""Files of leads and contacts, for scripts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    AttachedFile,
    Contact,
    Lead,
    UnitOfWork,
    attach_file,
    attachments_of,
    describe_attachment,
    detach_file,
    get_attachment,
    get_contact,
    get_lead,
)
from crmkit.web.answers import json_answer
from crmkit.web.api import shapes
from crmkit.web.downloads import send_file
from crmkit.web.uploads import open_upload
from crmkit.web.work import work

routes = APIRouter(tags=["files"])

_FILES = shapes.Items[shapes.File]
_BYTES = {
    "description": "The bytes of the file, as its own media type.",
    "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
}


def _file(file: AttachedFile) -> dict[str, Any]:
    return {**asdict(file), "url": f"/api/v1/files/{file.id}"}


def _list(uow: UnitOfWork, of: Lead | Contact) -> Response:
    items = [_file(file) for file in attachments_of(uow, of)]
    return json_answer({"items": items})


def _attach(uow: UnitOfWork, to: Lead | Contact, upload: UploadFile | None) -> Response:
    stream, name = open_upload(upload)
    attachment = attach_file(uow, to, stream, name)
    return json_answer(_file(describe_attachment(uow, attachment)), status=201)


@routes.get("/leads/{lead_id}/attachments", response_model=_FILES)
def list_of_lead(request: Request, lead_id: int) -> Response:
    """The files of a lead, newest first."""
    with work(request) as uow:
        return _list(uow, get_lead(uow, lead_id))


@routes.post(
    "/leads/{lead_id}/attachments", status_code=201, response_model=shapes.File
)
def attach_to_lead(
    request: Request, lead_id: int, file: UploadFile | None = None
) -> Response:
    """A new file of a lead, sent as multipart/form-data in the field `file`."""
    with work(request) as uow:
        return _attach(uow, get_lead(uow, lead_id), file)


@routes.get("/contacts/{contact_id}/attachments", response_model=_FILES)
def list_of_contact(request: Request, contact_id: int) -> Response:
    """The files of a contact, newest first."""
    with work(request) as uow:
        return _list(uow, get_contact(uow, contact_id))


@routes.post(
    "/contacts/{contact_id}/attachments", status_code=201, response_model=shapes.File
)
def attach_to_contact(
    request: Request, contact_id: int, file: UploadFile | None = None
) -> Response:
    """A new file of a contact, sent as multipart/form-data in the field `file`."""
    with work(request) as uow:
        return _attach(uow, get_contact(uow, contact_id), file)


@routes.get("/files/{file_id}", response_class=Response, responses={200: _BYTES})
def read(request: Request, file_id: int) -> Response:
    """The bytes of a file. Its ETag is the SHA-256 of them."""
    with work(request) as uow:
        return send_file(request, uow, file_id)


@routes.delete("/files/{file_id}", status_code=204)
def delete(request: Request, file_id: int) -> Response:
    """Take a file away from its record; undoing the change brings it back."""
    with work(request) as uow:
        attachment, of = get_attachment(uow, file_id)
        detach_file(uow, of, attachment)
        return Response(status_code=204)
