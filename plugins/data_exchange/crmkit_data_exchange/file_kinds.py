"""Which kind of file it is, by its content; what holds no table is refused."""

from __future__ import annotations

import re
import zipfile
from enum import StrEnum
from io import BytesIO

from crmkit.core import mark
from crmkit_data_exchange.errors import LockedWorkbookError, OtherKindError

OPEN_DOCUMENT = mark(
    "This is an OpenDocument text or drawing. Save its table as CSV and upload that."
)
OFFICE = mark("This is an Office document. Save its table as CSV and upload that.")
ARCHIVE = mark("This is a packed archive. Unpack it and upload the file inside.")
PDF = mark("This is a PDF document. Ask for the table as CSV and upload that.")
PICTURE = mark("This is a picture. Upload a table, such as CSV or Excel.")
DATABASE = mark("This is a database file. Export the table as CSV and upload that.")
CALENDAR = mark("This is a calendar file. It holds no leads and no contacts.")
XML = mark("This is an XML file. Export the table as CSV and upload that.")
HTML = mark("This is a web page. Export the table as CSV and upload that.")
RICH_TEXT = mark("This is a formatted text document. Save its table as CSV.")
BINARY = mark("This is not a text file. Upload a table, such as CSV or Excel.")


class Kind(StrEnum):
    """What files are read."""

    CSV = "csv"
    WORKBOOK = "workbook"
    CARDS = "vcard"
    JSON = "json"


_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", PDF),
    (b"\x1f\x8b", ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", ARCHIVE),
    (b"Rar!\x1a\x07", ARCHIVE),
    (b"BZh", ARCHIVE),
    (b"\xfd7zXZ\x00", ARCHIVE),
    (b"\x28\xb5\x2f\xfd", ARCHIVE),
    (b"SQLite format 3\x00", DATABASE),
    (b"\x89PNG\r\n", PICTURE),
    (b"\xff\xd8\xff", PICTURE),
    (b"GIF8", PICTURE),
    (b"PAR1", DATABASE),
    (b"{\\rtf", RICH_TEXT),
)
_READ: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"\s*BEGIN:VCARD\b", re.IGNORECASE), Kind.CARDS),
    (re.compile(r'\s*(\{\s*["}]|\[\s*[\[{"\]]|\[\s*-?\d+\s*,)'), Kind.JSON),
)
_REFUSED: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\s*BEGIN:VCALENDAR\b", re.IGNORECASE), CALENDAR),
    (re.compile(r"\s*(<!doctype html|<html)\b", re.IGNORECASE), HTML),
    (re.compile(r"\s*(<\?xml\b|<!doctype\b|<[A-Za-z][\w:.-]*[\s>])"), XML),
)
_SAMPLE = 65_536
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_MOST_CONTROLS = 0.1  # a stray NUL is a fault of one cell, a tenth is another format
_FEW_CHARACTERS = 100  # too short a text to judge by its share
_SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"


def is_workbook(data: bytes) -> bool:
    """Whether `data` is one of Excel or a spreadsheet of OpenDocument.

    Raises:
        OtherKindError: it is a picture, an archive or something else without a table.
        LockedWorkbookError: it takes a password.
    """
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _is_packed_workbook(data)
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _is_old_workbook(data)
    for magic, sentence in _MAGIC:
        if data.startswith(magic):
            raise OtherKindError(sentence)
    return False


def find_text_kind(text: str) -> Kind:
    """The kind of a text: vCard, JSON, or else CSV.

    Raises:
        OtherKindError: it is XML, a calendar, or hardly text at all.
    """
    start = text[:_SAMPLE].lstrip("\ufeff")
    for pattern, sentence in _REFUSED:
        if pattern.match(start):
            raise OtherKindError(sentence)
    controls = len(_CONTROL.findall(start))
    if len(start) >= _FEW_CHARACTERS and controls > len(start) * _MOST_CONTROLS:
        raise OtherKindError(BINARY)
    return next((kind for pattern, kind in _READ if pattern.match(start)), Kind.CSV)


def _is_packed_workbook(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = set(archive.namelist())
            is_open = "mimetype" in names and "content.xml" in names
            kind = archive.open("mimetype").read(99) if is_open else b""
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError):
        raise OtherKindError(ARCHIVE) from None
    if any(name.startswith("xl/") for name in names):
        return True
    if is_open:
        if kind.startswith(_SPREADSHEET):
            return True
        raise OtherKindError(OPEN_DOCUMENT)
    raise OtherKindError(OFFICE if "[Content_Types].xml" in names else ARCHIVE)


def _is_old_workbook(data: bytes) -> bool:
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise LockedWorkbookError
    if any(name.encode("utf-16-le") in data for name in ("Workbook", "Book")):
        return True
    raise OtherKindError(OFFICE)
