"""Forms with files, as the routes of this plugin get them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request  # noqa: TC002  (FastAPI reads it)

from crmkit_data_exchange.errors import FileTooLargeError
from crmkit_data_exchange.imports import Upload
from crmkit_data_exchange.sources import LARGEST_FILE_MB

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_MOST_FILES = 20
_MOST_FIELDS = 50_000


async def _read_form(request: Request) -> AsyncIterator[FormData]:
    """The form of a request; its files are closed once the answer is made."""
    form = await request.form(max_files=_MOST_FILES, max_fields=_MOST_FIELDS)
    try:
        yield form
    finally:
        await form.close()


Form = Annotated[FormData, Depends(_read_form)]


def text_of(form: FormData, name: str) -> str:
    """The text of a field, "" without it."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def files_of(form: FormData, name: str) -> list[Upload]:
    """The files of a field that were chosen.

    Raises:
        FileTooLargeError: before the file is read.
    """
    chosen = []
    for part in form.getlist(name):
        if isinstance(part, UploadFile) and part.filename:
            if (part.size or 0) > LARGEST_FILE_MB * 1_000_000:
                raise FileTooLargeError(LARGEST_FILE_MB)
            chosen.append(Upload(part.filename, part.file.read()))
    return chosen


def lookups_in(form: FormData) -> dict[str, bytes]:
    """The second files of a form, by file name."""
    return {file.name: file.content for file in files_of(form, "lookups")}
