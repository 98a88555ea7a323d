"""Workbooks of Excel and of OpenDocument as tables, read in a process of their own.

A few kilobytes can unfold to more than any machine holds, and one cell in the last
column of the last row makes a sheet of seventeen thousand million. So the process that
reads may take so much memory and time and no more; whatever else happens to it, what
asks gets a table or a sentence.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

from crmkit_data_exchange.errors import (
    BrokenWorkbookError,
    LockedWorkbookError,
    NoSheetError,
    TooLargeWorkbookError,
    UnreadableFileError,
)
from crmkit_data_exchange.workbook_process import LOCKED, NO_SHEET, TOO_LARGE

_MEGABYTES, _SECONDS = 1024, 60
_READER = (sys.executable, "-m", "crmkit_data_exchange.workbook_process")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as CSV, its name, and the names of all that people see."""

    name: str
    names: tuple[str, ...]
    text: bytes


def read_sheet(data: bytes, name: str | None, most: int) -> Sheet:
    """The sheet of that name, else the first that holds rows, as CSV.

    Raises:
        UnreadableFileError: locked, broken, or its CSV has more than `most` bytes.
    """
    limits = map(str, (_MEGABYTES, _SECONDS, most))
    try:
        done = subprocess.run(  # noqa: S603  (ourselves, and no shell)
            (*_READER, *limits, *([name] if name else ())),
            input=data,
            capture_output=True,
            timeout=2 * _SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TooLargeWorkbookError from None
    head, _, text = done.stdout.partition(b"\n")
    if done.returncode:
        raise TooLargeWorkbookError
    said = json.loads(head)
    if error := said.get("error"):
        raise _explain(error, name)
    return Sheet(said["sheet"], tuple(said["sheets"]), text)


def _explain(error: str, name: str | None) -> UnreadableFileError:
    if error == LOCKED:
        return LockedWorkbookError()
    if error == TOO_LARGE:
        return TooLargeWorkbookError()
    return NoSheetError(name) if error == NO_SHEET else BrokenWorkbookError()
