"""Enclosures: files of a record that go out with a mail."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from sqlalchemy import select

from crmkit.core.attachments import Attachment
from crmkit.core.blobs import MEGABYTE, Blob, open_blob
from crmkit.core.errors import CrmError, NotFoundError, mark
from crmkit.core.leads import Lead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core.mail.table import Message
    from crmkit.core.uow import UnitOfWork

MOST_FILES = 20
MOST_MEGABYTES = 18
"""What most mail servers take, 25 MB, before its bytes are written as letters."""


class HeavyMailError(CrmError):
    """The files of a mail are more than mail servers take."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    def __init__(self, size: int) -> None:
        super().__init__(
            mark(
                "The files have {size} MB together; a mail may carry {limit} MB. "
                "Send fewer, or a link."
            ),
            field="file",
            size=-(-size // MEGABYTE),
            limit=MOST_MEGABYTES,
        )


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file as it goes out with a mail."""

    name: str
    media_type: str
    data: bytes


def check_enclosures(uow: UnitOfWork, lead: Lead, ids: Sequence[int]) -> list[int]:
    """The ids, each once; raise for a file that is not the lead's, and for too much."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return []
    query = (
        select(Attachment.id, Blob.size)
        .join(Blob, Blob.id == Attachment.blob_id)
        .where(
            Attachment.id.in_(wanted),
            Attachment.entity == Lead.__tablename__,
            Attachment.record_id == lead.id,
            Attachment.deleted_at.is_(None),
        )
    )
    sizes = {row.id: row.size for row in uow.session.execute(query)}
    missing = [number for number in wanted if number not in sizes]
    if missing:
        raise NotFoundError("file", missing[0])
    if sum(sizes.values()) > MOST_MEGABYTES * MEGABYTE:
        raise HeavyMailError(sum(sizes.values()))
    return wanted


def enclosures_of(uow: UnitOfWork, message: Message) -> list[Enclosure]:
    """The files of a mail with their bytes, also those taken away meanwhile."""
    if not message.attachment_ids:
        return []
    query = (
        select(Attachment.name, Attachment.media_type, Blob)
        .join(Blob, Blob.id == Attachment.blob_id)
        .where(Attachment.id.in_(message.attachment_ids))
    )
    return [
        Enclosure(name, media_type, b"".join(open_blob(uow, blob)))
        for name, media_type, blob in uow.session.execute(query.order_by(Attachment.id))
    ]
