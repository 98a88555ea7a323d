"""What a visitor sent: its fields and files, read before anything is decided."""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from fastapi import Depends
from starlette.datastructures import FormData, QueryParams, UploadFile
from starlette.requests import Request  # noqa: TC002  (FastAPI reads it)

from crmkit.core import CrmError, mark, sniff
from crmkit_web_forms.asking import FILES
from crmkit_web_forms.reading import PLUGIN, WrongAnswerError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import BinaryIO

    from crmkit_web_forms.tables import Form

    Files = list[tuple[str, str, BinaryIO]]

TRAP, STAMP, PROOF, CONSENT = "fax_number", "stamp", "proof", "consent"
ORIGINS = {"source": "utm_source", "medium": "utm_medium", "campaign": "utm_campaign"}
MEGABYTE = 1024 * 1024
MOST_BYTES = 21 * MEGABYTE
_MOST_FILES, _MOST_FIELDS = 12, 400
_LONGEST_ORIGIN = 120
_LONGEST_ADDRESS = 8_000
_CHUNK = 64 * 1024
_TYPES = (
    "application/pdf",
    "image/",
    "text/plain",
    "text/csv",
    "application/vnd.oasis.opendocument.",
    "application/vnd.openxmlformats-officedocument.",
)


class TooMuchSentError(CrmError):
    """A form was sent with more than any form takes."""

    plugin_id = PLUGIN
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    def __init__(self) -> None:
        super().__init__(mark("That is too much at once. Send fewer or smaller files."))


async def _read(request: Request) -> AsyncIterator[FormData]:
    """The form of a request that says how long it is, and is not too long."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > MOST_BYTES:
        raise TooMuchSentError
    form = await request.form(max_files=_MOST_FILES, max_fields=_MOST_FIELDS)
    try:
        yield form
    finally:
        await form.close()


Sent = Annotated[FormData, Depends(_read)]


def text_in(form: FormData, name: str) -> str:
    """The text of a field, "" without it."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def origin_in(request: Request, form: FormData) -> dict[str, str]:
    """Source, medium and campaign as the page's address named them, if it did.

    In a frame that is the page around it, as far as the browser tells its address.
    """
    found = {}
    around = QueryParams(_query_of(request.headers.get("referer", "")))
    for name, parameter in ORIGINS.items():
        own = text_in(form, parameter) or request.query_params.get(parameter, "")
        said = own or around.get(parameter, "")
        kept = "".join(sign for sign in said if sign.isprintable()).strip()
        if kept:
            found[name] = kept[:_LONGEST_ORIGIN]
    return found


def _query_of(address: str) -> str:
    with suppress(ValueError):
        return urlsplit(address[:_LONGEST_ADDRESS]).query
    return ""


def files_in(form: Form, sent: FormData) -> Files:
    """The files of a form's answer: name, fingerprint, bytes.

    Raises WrongAnswerError where they are too many, too large, or of a type that is
    not taken.
    """
    found: Files = []
    if not form.most_files:
        return found
    for part in sent.getlist(FILES):
        if isinstance(part, UploadFile) and part.filename:
            found.append(_checked(form, part))
    if len(found) > form.most_files:
        raise WrongAnswerError(
            mark("At most {most} files."), field=FILES, most=form.most_files
        )
    return found


def _checked(form: Form, part: UploadFile) -> tuple[str, str, BinaryIO]:
    name = (part.filename or "")[-200:]
    if (part.size or 0) > form.file_megabytes * MEGABYTE:
        raise WrongAnswerError(
            mark("“{name}” is larger than {most} MB."),
            field=FILES,
            name=name,
            most=form.file_megabytes,
        )
    head = part.file.read(4096)
    if not head or not sniff(head, name).startswith(_TYPES):
        raise WrongAnswerError(
            mark("“{name}” is not of a kind that is taken: PDF, pictures, documents."),
            field=FILES,
            name=name,
        )
    digest = sha256(head)
    while chunk := part.file.read(_CHUNK):
        digest.update(chunk)
    part.file.seek(0)
    return name, digest.hexdigest(), part.file
