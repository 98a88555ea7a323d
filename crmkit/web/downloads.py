"""Bytes of files on their way out: never run, never guessed at."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from crmkit.core import (
    SHOWN_INLINE,
    Attachment,
    Blob,
    get_attachment,
    open_blob,
    read_chunk,
)
from crmkit.web.work import crm_of, who_asks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

    from crmkit.core import UnitOfWork

POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'"


def disposition(name: str, *, inline: bool = False) -> str:
    """The header Content-Disposition for a file called `name`, as RFC 6266 has it."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    plain = plain.replace("\\", "_").replace('"', "_")
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def send_file(
    request: Request, uow: UnitOfWork, file_id: int, *, inline: bool = False
) -> Response:
    """The bytes of a file that the actor may see; `inline` counts for images only."""
    attachment, _ = get_attachment(uow, file_id)
    blob = uow.session.get_one(Blob, attachment.blob_id)
    headers = _headers(attachment, blob, inline=inline)
    if _is_known(request, headers["etag"]):
        return Response(status_code=304, headers=headers)
    if blob.place is not None:
        # A plugin that cannot give them is an error, as long as nothing was sent.
        next(open_blob(uow, blob), b"")
    headers["content-length"] = str(blob.size)
    return StreamingResponse(
        _parts(request, blob), headers=headers, media_type=attachment.media_type
    )


def _headers(attachment: Attachment, blob: Blob, *, inline: bool) -> dict[str, str]:
    shown = inline and attachment.media_type in SHOWN_INLINE
    return {
        "content-disposition": disposition(attachment.name, inline=shown),
        "content-security-policy": POLICY,
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "private, no-cache",
        "etag": f'"{blob.sha256}"',
    }


def _is_known(request: Request, etag: str) -> bool:
    asked = request.headers.get("if-none-match", "")
    known = {part.strip().removeprefix("W/") for part in asked.split(",")}
    return etag in known


def _parts(request: Request, blob: Blob) -> Iterator[bytes]:
    """The parts of a blob, each read in a unit of its own.

    Who fetches slowly then holds no connection; equal content never changes.
    """
    crm, who = crm_of(request), who_asks(request)
    if blob.place is not None:
        with crm.read(who) as uow:
            yield from open_blob(uow, blob)
        return
    number = 0
    while True:
        with crm.read(who) as uow:
            data = read_chunk(uow, blob, number)
        if data is None:
            return
        yield data
        number += 1
