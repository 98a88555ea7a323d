"""The file of a backup: parts, each with its SHA-256, and a manifest of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import contextmanager
from hashlib import sha256
from typing import IO, TYPE_CHECKING
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile
from zlib import error as ZlibError  # noqa: N812  (a class with a small name)

from pydantic import BaseModel, ConfigDict, ValidationError

from crmkit.core.errors import CrmError, mark

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Step = Callable[[int], None]
"""Told, again and again, how many bytes more are done."""

FORMAT = 1
MANIFEST = "manifest.json"
BLOCK = 1024 * 1024
_LEVEL = 1  # packs as fast as a disk writes, and four times smaller than nothing


def ignore(_bytes: int) -> None:
    """A `Step` for who does not wait."""


class Part(BaseModel):
    """One part of an archive: its bytes, and the rows in it where it is a table."""

    model_config = ConfigDict(extra="forbid")

    size: int
    sha256: str
    columns: list[str] = []


class Manifest(BaseModel):
    """What an archive holds. `trees` has the migration that each owner was at."""

    model_config = ConfigDict(extra="forbid")

    format: int = FORMAT
    kind: str
    crmkit: str
    made_at: str
    trees: dict[str, str] = {}
    rows: dict[str, int] = {}
    statements: dict[str, list[str]] = {}
    keys: dict[str, list[str]] = {}
    sequences: dict[str, tuple[int, bool]] = {}
    parts: dict[str, Part] = {}


class ExistsError(CrmError):
    """A backup never overwrites a file."""

    def __init__(self, file: Path) -> None:
        super().__init__(
            mark("{file} is there already; choose another name."), file=file
        )


class NoArchiveError(CrmError):
    """The file is none that a backup wrote."""

    def __init__(self, file: Path) -> None:
        super().__init__(
            mark("{file} is no backup of crmkit, or its end is missing."), file=file
        )


class DamagedArchiveError(CrmError):
    """A part of the archive is not what was written."""

    def __init__(self, file: Path, part: str) -> None:
        super().__init__(
            mark("{file} is damaged: its part {part} is not what was written."),
            file=file,
            part=part,
        )


class OtherKindError(CrmError):
    """The archive is one of another kind of database."""

    def __init__(self, file: Path, kind: str) -> None:
        super().__init__(
            mark("{file} is a backup of {kind} and can only be restored there."),
            file=file,
            kind=kind,
        )


class NewerArchiveError(CrmError):
    """The archive was made by a crmkit, or with a plugin, newer than what is here."""

    def __init__(self, file: Path, owner: str) -> None:
        super().__init__(
            mark("{file} was made by a newer version of {owner}; install that first."),
            file=file,
            owner=owner,
        )


class Writer:
    """Writes an archive part by part; call `step` with each number of bytes."""

    def __init__(self, packed: ZipFile, manifest: Manifest, step: Step) -> None:
        self.packed = packed
        self.manifest = manifest
        self.step = step

    def add(
        self, name: str, blocks: Iterator[bytes], columns: list[str] | None = None
    ) -> None:
        """A part, streamed from `blocks`."""
        digest, size = sha256(), 0
        with self.packed.open(name, "w", force_zip64=True) as member:
            for block in blocks:
                member.write(block)
                digest.update(block)
                size += len(block)
                self.step(len(block))
        self.manifest.parts[name] = Part(
            size=size, sha256=digest.hexdigest(), columns=columns or []
        )


@contextmanager
def writing(target: Path, manifest: Manifest, step: Step) -> Iterator[Writer]:
    """An archive at `target`, which is there only once it is whole.

    Only its owner may read it: all that the database knows is in it.
    """
    if target.exists():
        raise ExistsError(target)
    half = target.with_name(f"{target.name}.part")
    half.unlink(missing_ok=True)
    try:
        handle = os.open(half, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w+b") as file:
            with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as packed:
                yield Writer(packed, manifest, step)
                packed.writestr(MANIFEST, manifest.model_dump_json(indent=1))
            file.flush()
            os.fsync(file.fileno())
        half.rename(target)
    finally:
        half.unlink(missing_ok=True)


class Reader:
    """An archive whose manifest is read; `check` reads all the rest."""

    def __init__(self, file: Path, packed: ZipFile) -> None:
        self.file = file
        self.packed = packed
        try:
            self.manifest = Manifest.model_validate_json(packed.read(MANIFEST))
        except (KeyError, ValidationError, BadZipFile, ZlibError):
            raise NoArchiveError(file) from None
        if self.manifest.format != FORMAT:
            raise NewerArchiveError(file, "crmkit")

    def blocks(self, name: str) -> Iterator[bytes]:
        """A part, block by block; DamagedArchiveError at its end at the latest."""
        part, digest = self.manifest.parts[name], sha256()
        try:
            with self.packed.open(name) as member:
                yield from _hashed(member, digest.update)
        except (KeyError, BadZipFile, ZlibError, EOFError, OSError):
            raise DamagedArchiveError(self.file, name) from None
        if digest.hexdigest() != part.sha256:
            raise DamagedArchiveError(self.file, name)

    def check(self, step: Step) -> None:
        """Read every part; raises DamagedArchiveError unless it is what was written."""
        for name in self.manifest.parts:
            for block in self.blocks(name):
                step(len(block))


def _hashed(member: IO[bytes], update: Callable[[bytes], None]) -> Iterator[bytes]:
    while block := member.read(BLOCK):
        update(block)
        yield block


@contextmanager
def reading(file: Path) -> Iterator[Reader]:
    """The archive at `file`; raises NoArchiveError where it is none."""
    try:
        packed = ZipFile(file)
    except BadZipFile:
        raise NoArchiveError(file) from None
    with packed:
        yield Reader(file, packed)
