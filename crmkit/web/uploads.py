"""Files on their way in."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from crmkit.core import CrmError, mark

if TYPE_CHECKING:
    from starlette.datastructures import UploadFile


class NoFileError(CrmError):
    """The form holds no file."""

    def __init__(self) -> None:
        super().__init__(mark("Choose a file first."), field="file")


def open_upload(upload: UploadFile | None) -> tuple[BinaryIO, str]:
    """The bytes of a file that was sent, and its name; raises NoFileError."""
    if upload is None or not (upload.filename or upload.size):
        raise NoFileError
    return upload.file, upload.filename or ""
