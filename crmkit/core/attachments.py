"""Attachments: files of a record, seen by who sees the record."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO
from unicodedata import category, normalize

from sqlalchemy import ForeignKey, Index, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.blobs import Blob, measure, store_measured
from crmkit.core.contacts import Contact, get_contact
from crmkit.core.db import Base
from crmkit.core.errors import CrmError, NotFoundError, mark
from crmkit.core.events import Fact, Values, record
from crmkit.core.leads import Lead, get_lead
from crmkit.core.leads.errors import FailedCheckError, RefusedByPluginError
from crmkit.core.media_types import PROGRAM, sniff
from crmkit.core.users import User
from crmkit.hooks import FileContext, check_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "AttachedFile",
    "Attachment",
    "attach_file",
    "attachments_of",
    "describe_attachment",
    "detach_file",
    "drop_attachments",
    "get_attachment",
    "purge_attachments",
    "recall_file",
]

LONGEST_NAME = 200
NO_NAME = "file"


class Attachment(Base):
    """A file of a lead or contact; `deleted_at` says when it was taken away."""

    __tablename__ = "attachment"
    __table_args__ = (Index("ix_attachment_record", "entity", "record_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    entity: Mapped[str] = mapped_column(String(24))
    record_id: Mapped[int]
    blob_id: Mapped[int] = mapped_column(ForeignKey("blob.id"), index=True)
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(100))
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("crm_user.id"))
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """An attachment as lists show it; `size` is in bytes."""

    id: int
    name: str
    media_type: str
    size: int
    sha256: str
    added_by_id: int | None
    added_by_name: str | None
    created_at: datetime


class EmptyFileError(CrmError):
    """There is nothing in the file."""

    def __init__(self, name: str) -> None:
        super().__init__(mark("{name} is empty."), field="file", name=name)


class ProgramError(CrmError):
    """The file is a program, whatever its name says."""

    def __init__(self, name: str) -> None:
        super().__init__(
            mark("{name} is a program; programs cannot be attached."),
            field="file",
            name=name,
        )


def clean_name(name: str) -> str:
    """`name` without folders, control characters and what hides its true end."""
    plain = normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    spaced = re.sub(r"\s+", " ", plain)
    kept = "".join(sign for sign in spaced if not category(sign).startswith("C"))
    kept = re.sub(r'[<>:"|?*]', "_", kept).strip(" .")
    if len(kept) > LONGEST_NAME:
        path = PurePosixPath(kept)
        end = path.suffix if len(path.suffix) < LONGEST_NAME // 4 else ""
        kept = kept[: LONGEST_NAME - len(end)].rstrip(" .") + end
    return kept or NO_NAME


def attach_file(
    uow: UnitOfWork, to: Lead | Contact, stream: BinaryIO, name: str
) -> Attachment:
    """A new file of a record, with the bytes of `stream`, which can seek.

    Raises EmptyFileError, TooLargeFileError, FullError and ProgramError, and what a
    plugin has against the file.
    """
    name = clean_name(name)
    measured = measure(uow, stream, name)
    by_content = sniff(measured.head)
    if not measured.size:
        raise EmptyFileError(name)
    if by_content == PROGRAM:
        raise ProgramError(name)
    file = FileContext(uow, name, by_content, measured.sha256, measured.size, stream)
    _ask_plugins(uow, file)
    attachment = Attachment(
        entity=to.__tablename__,
        record_id=to.id,
        blob_id=store_measured(uow, file).id,
        name=name,
        media_type=sniff(measured.head, name),
        added_by_id=uow.actor.id,
        created_at=uow.now(),
    )
    uow.session.add(attachment)
    uow.session.flush()
    _record(uow, to, attachment, is_there=True)
    return attachment


def _ask_plugins(uow: UnitOfWork, file: FileContext) -> None:
    answer = uow.hooks.check(check_file, file)
    if isinstance(answer, tuple):
        raise RefusedByPluginError(*answer, "file")
    if answer is not None:
        raise FailedCheckError(answer.plugin_id)


def _record(
    uow: UnitOfWork, of: Lead | Contact, attachment: Attachment, *, is_there: bool
) -> None:
    pairs = {"attachment_id": attachment.id, "file": attachment.name}
    values: Values = {
        key: (None, value) if is_there else (value, None)
        for key, value in pairs.items()
    }
    kind = f"{attachment.entity}.{'attached' if is_there else 'detached'}"
    record(uow, [Fact(kind, attachment.entity, of.id, of.version, values)])


_query = (
    select(
        Attachment.id,
        Attachment.name,
        Attachment.media_type,
        Blob.size,
        Blob.sha256,
        Attachment.added_by_id,
        User.name,
        Attachment.created_at,
    )
    .join(Blob, Blob.id == Attachment.blob_id)
    .outerjoin(User, User.id == Attachment.added_by_id)
    .where(Attachment.deleted_at.is_(None))
)


def attachments_of(uow: UnitOfWork, of: Lead | Contact) -> list[AttachedFile]:
    """The files of a record, newest first."""
    mine = _query.where(
        Attachment.entity == of.__tablename__, Attachment.record_id == of.id
    )
    rows = uow.session.execute(mine.order_by(Attachment.id.desc()))
    return [AttachedFile(*row) for row in rows]


def describe_attachment(uow: UnitOfWork, attachment: Attachment) -> AttachedFile:
    """One file as lists show it."""
    row = uow.session.execute(_query.where(Attachment.id == attachment.id)).one()
    return AttachedFile(*row)


def get_attachment(
    uow: UnitOfWork, attachment_id: int
) -> tuple[Attachment, Lead | Contact]:
    """The file of that id and its record, if the actor may see the record."""
    query = select(Attachment).where(
        Attachment.id == attachment_id, Attachment.deleted_at.is_(None)
    )
    found = uow.session.scalar(uow.locked(query))
    if found is None:
        raise NotFoundError("file", attachment_id)
    find = get_contact if found.entity == Contact.__tablename__ else get_lead
    try:
        return found, find(uow, found.record_id)
    except NotFoundError:
        raise NotFoundError("file", attachment_id) from None


def detach_file(uow: UnitOfWork, of: Lead | Contact, attachment: Attachment) -> None:
    """Take a file away from its record; undo brings it back."""
    attachment.deleted_at = uow.now()
    attachment.version += 1
    uow.session.flush()
    _record(uow, of, attachment, is_there=False)


def recall_file(uow: UnitOfWork, of: Lead | Contact, attachment: Attachment) -> None:
    """Bring back a file that was taken away."""
    attachment.deleted_at = None
    attachment.version += 1
    uow.session.flush()
    _record(uow, of, attachment, is_there=True)


def undo_file(
    uow: UnitOfWork, of: Lead | Contact, values: Mapping[str, Sequence[object]]
) -> bool:
    """Take back what an event did to a file; False where that was changed since."""
    old, new = values["attachment_id"]
    attachment = uow.session.get(Attachment, new or old)
    if attachment is None or (attachment.deleted_at is None) is (new is None):
        return False
    change = detach_file if new is not None else recall_file
    change(uow, of, attachment)
    return True


def purge_attachments(uow: UnitOfWork, before: datetime, *, limit: int = 500) -> int:
    """Forget files that were taken away before a moment; tells how many, of `limit`.

    Their bytes go with `collect_blobs` once nothing else points at them.
    """
    old = select(Attachment.id).where(Attachment.deleted_at < before)
    gone = uow.session.execute(
        delete(Attachment)
        .where(Attachment.id.in_(old.order_by(Attachment.id).limit(limit)))
        .returning(Attachment.id)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())


def drop_attachments(uow: UnitOfWork, entity: str, ids: Sequence[int]) -> None:
    """Forget all files of records that are purged."""
    uow.session.execute(
        delete(Attachment)
        .where(Attachment.entity == entity, Attachment.record_id.in_(ids))
        .execution_options(synchronize_session=False)
    )
