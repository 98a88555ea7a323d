"""One sentence for whatever went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from crmkit.cli.language import translate
from crmkit.core import CrmError, mark

if TYPE_CHECKING:
    from collections.abc import Mapping


REFUSED = mark("The database refused: {reason}")
NO_ADDRESS = mark(
    "CRMKIT_DATABASE_URL is no address of a database; write one like "
    "sqlite:///crmkit.db or postgresql+psycopg://user@host/name."
)
UNEXPECTED = mark("Unexpected {kind}: {reason} (crmkit --traceback shows more)")


def sentence_of(error: Exception) -> str:
    """What to tell the user of `error`, in one line."""
    if isinstance(error, ValidationError):
        return _sentence_of_input(error)
    if isinstance(error, DBAPIError):
        reason = _first_line(error.orig or error)
        return translate(REFUSED).format(reason=reason)
    if isinstance(error, (ArgumentError, NoSuchModuleError)):
        return translate(NO_ADDRESS)
    if isinstance(error, CrmError):
        return " ".join(error.text(translate).split("\n"))
    if isinstance(error, OSError):
        return _first_line(error)
    kind, reason = type(error).__name__, _first_line(error)
    return translate(UNEXPECTED).format(kind=kind, reason=reason)


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _sentence_of_input(error: ValidationError) -> str:
    noun = "setting" if error.title == "Settings" else "value"
    return " ".join(
        _sentence_of_field(noun, ".".join(map(str, item["loc"])), item["type"], item)
        for item in error.errors(include_url=False)
    )


def _sentence_of_field(
    noun: str, name: str, kind: str, item: Mapping[str, object]
) -> str:
    if kind == "extra_forbidden":
        return f"There is no {noun} “{name}”."
    reason = str(item["msg"]).removeprefix("Value error, ")
    return f"The {noun} {name} cannot be: {reason}"
