"""Blobs: bytes by their content, one copy of each, in parts of 256 kB.

They stand in the database, so that one backup holds them, unless a plugin answers
the hook `store_blob` and keeps them elsewhere. A blob is seen by nobody: what points
at it, such as an attachment, decides who may read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, BinaryIO

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    String,
    bindparam,
    column,
    delete,
    exists,
    func,
    insert,
    inspect,
    select,
    table,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base
from crmkit.core.errors import CrmError, mark
from crmkit.core.media_types import HEAD, sniff
from crmkit.hooks import BlobContext, FileContext, PlacesContext, blob_dropped
from crmkit.hooks import open_blob as ask_for_bytes
from crmkit.hooks import store_blob as ask_to_store
from crmkit.hooks.files import CHUNK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "Blob",
    "broken_blobs",
    "collect_blobs",
    "open_blob",
    "read_chunk",
    "store_blob",
]

MEGABYTE = 1024 * 1024
GIGABYTE = 1024 * MEGABYTE
# Who stores a blob points at it in the same transaction; a day is ample.
UNUSED_FOR = timedelta(days=1)
_TRIES = 5


class Blob(Base):
    """Bytes and what is known of them; `place` is where a plugin keeps them."""

    __tablename__ = "blob"

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(100))
    place: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime]


class BlobChunk(Base):
    """A part of a blob; all but the last have the same length."""

    __tablename__ = "blob_chunk"

    blob_id: Mapped[int] = mapped_column(
        ForeignKey("blob.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[bytes]


class TooLargeFileError(CrmError):
    """The file has more bytes than the settings allow."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    def __init__(self, name: str, megabytes: int) -> None:
        super().__init__(
            mark("{name} is too large: a file may have {limit} MB."),
            field="file",
            name=name,
            limit=megabytes,
        )


class FullError(CrmError):
    """All files together would take more room than the settings allow."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    def __init__(self, name: str, gigabytes: int) -> None:
        super().__init__(
            mark("There is no room for {name}: all files may take {limit} GB."),
            field="file",
            name=name,
            limit=gigabytes,
        )


class AwayError(CrmError):
    """The bytes are kept by a plugin that does not answer."""

    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self) -> None:
        super().__init__(
            mark("The plugin that keeps this file does not answer just now.")
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """What one look at all bytes of a stream tells."""

    sha256: str
    size: int
    head: bytes


def measure(uow: UnitOfWork, stream: BinaryIO, name: str) -> Measured:
    """Hash and size of `stream`; raises TooLargeFileError on the way."""
    most = uow.settings.file_megabytes
    digest, size, head = sha256(), 0, b""
    stream.seek(0)
    while chunk := stream.read(CHUNK):
        head = head or chunk[:HEAD]
        size += len(chunk)
        if size > most * MEGABYTE:
            raise TooLargeFileError(name, most)
        digest.update(chunk)
    return Measured(digest.hexdigest(), size, head)


def store_blob(
    uow: UnitOfWork,
    stream: BinaryIO,
    *,
    name: str = "",
    media_type: str | None = None,
) -> Blob:
    """The blob with the bytes of `stream`, which can seek; it is new, or was there.

    `name` is what errors call it. `media_type` is for who made the bytes himself;
    without it the content tells. Raises TooLargeFileError and FullError.
    """
    measured = measure(uow, stream, name)
    file = FileContext(
        uow,
        name,
        media_type or sniff(measured.head),
        measured.sha256,
        measured.size,
        stream,
    )
    return store_measured(uow, file)


def store_measured(uow: UnitOfWork, file: FileContext) -> Blob:
    """The blob of a file whose hash and size are known already."""
    for _ in range(_TRIES):
        query = select(Blob).where(Blob.sha256 == file.sha256)
        blob = uow.session.scalar(uow.locked(query))
        if blob is not None:
            return blob
        _check_room(uow, file)
        if (blob_id := _claim(uow, file)) is not None:
            blob = uow.session.get_one(Blob, blob_id)
            _fill(uow, blob, file)
            return blob
    raise AwayError


def _claim(uow: UnitOfWork, file: FileContext) -> int | None:
    """The id of a new row; None where somebody else just made it."""
    dialect = uow.session.get_bind().dialect.name
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = make(Blob).values(
        sha256=file.sha256,
        size=file.size,
        media_type=file.media_type,
        created_at=uow.now(),
    )
    claimed = statement.on_conflict_do_nothing(index_elements=["sha256"])
    return uow.session.scalar(claimed.returning(Blob.id))


def _fill(uow: UnitOfWork, blob: Blob, file: FileContext) -> None:
    places = uow.hooks.ask(ask_to_store, file)
    blob.place = next((place for place in places if place is not None), None)
    uow.session.flush()
    if blob.place is None:
        for number, data in enumerate(file.chunks()):
            row = {"blob_id": blob.id, "number": number, "data": data}
            uow.session.execute(insert(BlobChunk), row)


def _check_room(uow: UnitOfWork, file: FileContext) -> None:
    most = uow.settings.files_gigabytes
    taken = uow.session.scalar(select(func.coalesce(func.sum(Blob.size), 0))) or 0
    if taken + file.size > most * GIGABYTE:
        raise FullError(file.name, most)


def read_chunk(uow: UnitOfWork, blob: Blob, number: int) -> bytes | None:
    """A part of what the database keeps of `blob`, from 0 on; None after the last."""
    return uow.run(_chunk, {"of_blob": blob.id, "at": number}).scalar_one_or_none()


_chunk = select(BlobChunk.data).where(
    BlobChunk.blob_id == bindparam("of_blob"), BlobChunk.number == bindparam("at")
)


def open_blob(uow: UnitOfWork, blob: Blob) -> Iterator[bytes]:
    """The bytes of `blob` in parts; never all of them are in memory.

    Raises AwayError where the plugin that keeps them does not answer.
    """
    if blob.place is None:
        number, left = 0, blob.size
        while left > 0 and (data := read_chunk(uow, blob, number)) is not None:
            yield data
            number, left = number + 1, left - len(data)
        return
    answers = uow.hooks.ask(ask_for_bytes, BlobContext(uow, blob))
    found = next((answer for answer in answers if answer is not None), None)
    if found is None:
        raise AwayError
    yield from found


def collect_blobs(uow: UnitOfWork, *, limit: int = 50) -> int:
    """Remove blobs that nothing points at since a day; tells how many, of `limit`.

    Whatever table has a foreign key to `blob` keeps its blobs, also one of a plugin
    that is not there.
    """
    before = uow.now() - UNUSED_FOR
    free = select(Blob.id).where(Blob.created_at < before, *_unused(uow))
    chosen = free.order_by(Blob.id).limit(limit)
    ids = list(uow.session.scalars(chosen.with_for_update(skip_locked=True)))
    if not ids:
        return 0
    # Asked again: somebody may have pointed at one before it was locked.
    gone = uow.session.execute(
        delete(Blob)
        .where(Blob.id.in_(ids), *_unused(uow))
        .returning(Blob.id, Blob.place)
        .execution_options(synchronize_session=False)
    ).all()
    places = tuple(place for _, place in gone if place is not None)
    if places:
        uow.hooks.tell(blob_dropped, PlacesContext(uow, places))
    return len(gone)


def broken_blobs(uow: UnitOfWork) -> list[int]:
    """Ids of the blobs of which the database should have every byte and has not."""
    there = func.coalesce(func.sum(func.length(BlobChunk.data)), 0)
    query = (
        select(Blob.id)
        .outerjoin(BlobChunk, BlobChunk.blob_id == Blob.id)
        .where(Blob.place.is_(None))
        .group_by(Blob.id, Blob.size)
        .having(there != Blob.size)
    )
    return list(uow.session.scalars(query.order_by(Blob.id)))


def _unused(uow: UnitOfWork) -> list[ColumnElement[bool]]:
    """The criteria of blobs that no foreign key of any table names."""
    found = inspect(uow.session.connection()).get_multi_foreign_keys()
    pairs = [
        (name, key["constrained_columns"][0])
        for (_, name), keys in found.items()
        for key in keys
        if key["referred_table"] == "blob" and name != "blob_chunk"
    ]
    pointers = [table(name, column(pointer)) for name, pointer in pairs]
    return [
        ~exists(select(1).select_from(one).where(next(iter(one.c)) == Blob.id))
        for one in pointers
    ]
