"""Hooks of files: keeping their bytes elsewhere, and looking at what is attached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from crmkit.hooks.forms import AskHook, CheckHook, HappenedHook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit.core import Blob, UnitOfWork

CHUNK = 256 * 1024
"""How many bytes of a file are in memory at a time."""


@dataclass(frozen=True, slots=True)
class FileContext:
    """Bytes that are about to be kept: `size` of them, with this SHA-256 (hex).

    `media_type` is told by the content, never by who sent it.
    """

    uow: UnitOfWork
    name: str
    media_type: str
    sha256: str
    size: int
    stream: BinaryIO

    def chunks(self) -> Iterator[bytes]:
        """The bytes from the first on, at most 256 kB at a time."""
        self.stream.seek(0)
        while chunk := self.stream.read(CHUNK):
            yield chunk


@dataclass(frozen=True, slots=True)
class BlobContext:
    """A blob that is kept at `blob.place`."""

    uow: UnitOfWork
    blob: Blob


@dataclass(frozen=True, slots=True)
class PlacesContext:
    """Places of bytes that no record needs any more."""

    uow: UnitOfWork
    places: tuple[str, ...]


store_blob: AskHook[FileContext, str | None] = AskHook(
    "store_blob", FileContext, since="1.0"
)
"""Keep bytes outside of the database and answer the place, the plugin's id in front.

The first place counts; where nobody answers one the database keeps the bytes.
"""

open_blob: AskHook[BlobContext, Iterator[bytes] | None] = AskHook(
    "open_blob", BlobContext, since="1.0"
)
"""Answer the bytes of a blob whose `place` is one of the plugin's, in parts."""

blob_dropped: HappenedHook[PlacesContext] = HappenedHook(
    "blob_dropped", PlacesContext, since="1.0"
)
"""Blobs were taken out of the database: have a job remove the bytes at their places."""

check_file: CheckHook[FileContext] = CheckHook("check_file", FileContext, since="1.0")
"""Answer a `Refusal` where a file may not be attached, as a virus scanner would."""
