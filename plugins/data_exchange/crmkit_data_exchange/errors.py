"""What can be wrong with a file or with a mapping, one sentence for each."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from crmkit.core import CrmError, mark

if TYPE_CHECKING:
    from collections.abc import Iterable


class UnreadableFileError(CrmError):
    """The file cannot be shown as a table; its sentence says what to do instead."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class OtherKindError(UnreadableFileError):
    """The file holds no table; `sentence` names what it is."""


class LockedWorkbookError(UnreadableFileError):
    """The workbook opens with a password only."""

    def __init__(self) -> None:
        super().__init__(
            mark("This workbook has a password. Save it without and upload that.")
        )


class BrokenWorkbookError(UnreadableFileError):
    """The file begins like a workbook and is none."""

    def __init__(self) -> None:
        super().__init__(
            mark("This workbook is damaged. Save its sheet as CSV and upload that.")
        )


class TooLargeWorkbookError(UnreadableFileError):
    """The workbook takes more memory or time than it may."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    def __init__(self) -> None:
        super().__init__(
            mark(
                "This workbook is too large once it is unpacked. Delete what is not "
                "needed, or save its sheet as CSV and upload that."
            )
        )


class NoSheetError(UnreadableFileError):
    """The workbook has no sheet of that name, or none at all."""

    def __init__(self, name: str | None) -> None:
        sentence = mark("This workbook has no sheet “{name}”.")
        if not name:
            sentence = mark("This workbook has no sheet with a table.")
        super().__init__(sentence, name=name)


class BrokenJsonError(UnreadableFileError):
    """What stands in a line is no JSON."""

    def __init__(self, line: int) -> None:
        super().__init__(mark("Line {line} of this file is not JSON."), line=line)


class NoRecordsError(UnreadableFileError):
    """The JSON is something else than one list of objects."""

    def __init__(self) -> None:
        super().__init__(
            mark(
                "This JSON file holds no list of records. Write one object a line, "
                "and one file for each kind of record."
            )
        )


class NoCardsError(UnreadableFileError):
    """The vCard file holds no card that tells anything."""

    def __init__(self) -> None:
        super().__init__(mark("This vCard file holds no cards."))


class EmptyFileError(UnreadableFileError):
    """The file holds nothing."""

    def __init__(self) -> None:
        super().__init__(mark("This file is empty."))


class NoRowsError(UnreadableFileError):
    """The file holds a header and nothing below it."""

    def __init__(self) -> None:
        super().__init__(mark("This file has a header but no rows below it."))


class NoHeaderRowError(UnreadableFileError):
    """The file is shorter than the header row asked for."""

    def __init__(self, line: int) -> None:
        super().__init__(mark("This file has no line {line}."), line=line)


class FileTooLargeError(UnreadableFileError):
    """The file is larger than an import takes."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    def __init__(self, limit_mb: int) -> None:
        super().__init__(
            mark("This file is larger than {limit} MB. Split it and import the parts."),
            limit=limit_mb,
        )


class TooManyColumnsError(UnreadableFileError):
    """The header names more columns than an import takes."""

    def __init__(self, count: int, limit: int) -> None:
        super().__init__(
            mark(
                "This file has {count} columns; {limit} is the most. "
                "Delete those you do not need."
            ),
            count=count,
            limit=limit,
        )


class CellTooLongError(UnreadableFileError):
    """A cell is longer than a spreadsheet allows; often a quotation mark is missing."""

    def __init__(self, line: int, limit: int) -> None:
        super().__init__(
            mark(
                "A cell that begins in line {line} has more than {limit} characters. "
                "Is a quotation mark missing there?"
            ),
            line=line,
            limit=limit,
        )


class OpenQuoteError(UnreadableFileError):
    """A quotation mark opens a cell and is never closed."""

    def __init__(self, line: int) -> None:
        super().__init__(
            mark("The quotation mark that opens in line {line} is never closed."),
            line=line,
        )


class UnknownEncodingError(UnreadableFileError):
    """The encoding asked for is not one of those offered."""

    def __init__(self, encoding: str) -> None:
        super().__init__(
            mark("{encoding} is not an encoding that can be read here."),
            encoding=encoding,
        )


class WrongEncodingError(UnreadableFileError):
    """The bytes of the file are not text in the encoding asked for."""

    def __init__(self, encoding: str) -> None:
        super().__init__(
            mark("This file is not written in {encoding}. Choose another encoding."),
            encoding=encoding,
        )


class UnknownDelimiterError(UnreadableFileError):
    """The delimiter asked for is not one of those offered."""

    def __init__(self, delimiter: str) -> None:
        super().__init__(
            mark(
                "“{delimiter}” cannot be a delimiter; use a comma, semicolon, tab or |."
            ),
            delimiter=delimiter,
        )


class MappingError(CrmError):
    """A mapping does not fit its file or the fields; nothing was imported."""


class UnknownFieldError(MappingError):
    """A mapping names a field that the records do not have."""

    def __init__(self, name: str) -> None:
        super().__init__(mark("There is no field “{name}”."), name=name)


class UnknownColumnError(MappingError):
    """A mapping names a column that the file does not have."""

    def __init__(self, name: str, file: str | None = None) -> None:
        sentence = mark("This file has no column “{name}”.")
        if file:
            sentence = mark("The file {file} has no column “{name}”.")
        super().__init__(sentence, name=name, file=file)


class UnknownLookupError(MappingError):
    """A rule looks a value up in a second file that was not given."""

    def __init__(self, name: str) -> None:
        super().__init__(
            mark("The mapping looks values up in “{name}”, which was not given."),
            name=name,
        )


class UnreadableMappingError(MappingError):
    """The mapping's text is not one; `reason` says where and why."""

    def __init__(self, reason: str) -> None:
        super().__init__(mark("This mapping cannot be read: {reason}"), reason=reason)


class UnfitConstantError(MappingError):
    """A fixed value does not fit the type of its field."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            mark("The fixed value of “{name}” does not fit: {reason}"),
            name=name,
            reason=reason,
        )


class UnfitMatchError(MappingError):
    """No record is found by this field."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(
            mark("Records cannot be matched by “{name}”; by one of {known}."),
            name=name,
            known=", ".join(known),
        )


class OtherEntityError(MappingError):
    """The mapping is for leads where contacts are imported, or the other way round."""

    def __init__(self, wanted: str, found: str) -> None:
        super().__init__(
            mark("This mapping is for “{found}”, not for “{wanted}”."),
            wanted=wanted,
            found=found,
        )


_NEEDS_ROLE = {
    "users": mark(
        "Making users takes the role “{role}” or higher; untick it, or let somebody "
        "who has it import this file."
    ),
    "teams": mark(
        "Making teams takes the role “{role}” or higher; untick it, or let somebody "
        "who has it import this file."
    ),
    "stages": mark(
        "Making stages takes the role “{role}” or higher; untick it, or let somebody "
        "who has it import this file."
    ),
}


class CreationNeedsRoleError(CrmError):
    """The mapping makes users, teams or stages, which the actor's role may not."""

    status = HTTPStatus.FORBIDDEN

    def __init__(self, kind: str, role: str) -> None:
        super().__init__(_NEEDS_ROLE[kind], role=role)


class WrongStateError(CrmError):
    """The import is past or before the point at which this can be done."""

    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(
            mark("This import is past that, or not there yet. Open it again.")
        )


class NoLookupFileError(CrmError):
    """A second file that the mapping names was not given."""

    def __init__(self, file: str) -> None:
        super().__init__(
            mark("The mapping needs the file “{file}” as well; add it."), file=file
        )


class NoFileError(CrmError):
    """No file was chosen."""

    def __init__(self) -> None:
        super().__init__(mark("Choose a file first."), field="file")
