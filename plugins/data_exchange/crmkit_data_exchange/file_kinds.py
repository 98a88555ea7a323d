"""Refusing, by their content, files that are no CSV."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

from crmkit.core import mark
from crmkit_data_exchange.errors import OtherKindError

EXCEL = mark("This is an Excel workbook. Save it as CSV and upload that.")
OLD_EXCEL = mark(
    "This is an old Excel workbook (.xls). Save it as CSV and upload that."
)
OPEN_DOCUMENT = mark("This is an OpenDocument file. Save it as CSV and upload that.")
OFFICE = mark("This is an Office document. Save its table as CSV and upload that.")
ARCHIVE = mark("This is a packed archive. Unpack it and upload the CSV file inside.")
PDF = mark("This is a PDF document. Ask for the table as CSV and upload that.")
PICTURE = mark("This is a picture. Upload a CSV file.")
DATABASE = mark("This is a database file. Export the table as CSV and upload that.")
CARDS = mark("This is a vCard file. Export the contacts as CSV and upload that.")
CALENDAR = mark("This is a calendar file. Only CSV files can be imported.")
XML = mark("This is an XML file. Export the table as CSV and upload that.")
HTML = mark("This is a web page. Export the table as CSV and upload that.")
JSON = mark("This is a JSON file. Export the table as CSV and upload that.")
RICH_TEXT = mark("This is a formatted text document. Save its table as CSV.")
BINARY = mark("This is not a text file. Upload a CSV file.")

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
_TEXTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\s*BEGIN:VCARD\b", re.IGNORECASE), CARDS),
    (re.compile(r"\s*BEGIN:VCALENDAR\b", re.IGNORECASE), CALENDAR),
    (re.compile(r"\s*(<!doctype html|<html)\b", re.IGNORECASE), HTML),
    (re.compile(r"\s*(<\?xml\b|<!doctype\b|<[A-Za-z][\w:.-]*[\s>])"), XML),
    (re.compile(r'\s*(\{\s*["}]|\[\s*[\[{"\]]|\[\s*-?\d+\s*,)'), JSON),
)
_SAMPLE = 65_536
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_MOST_CONTROLS = 0.1  # a stray NUL is a fault of one cell, a tenth is another format
_FEW_CHARACTERS = 100  # too short a text to judge by its share


def refuse_other_formats(data: bytes) -> None:
    """Raise OtherKindError if the first bytes are those of a known other format."""
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        raise OtherKindError(_name_archive(data))
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        workbook = "Workbook".encode("utf-16-le")
        raise OtherKindError(OLD_EXCEL if workbook in data else OFFICE)
    for magic, sentence in _MAGIC:
        if data.startswith(magic):
            raise OtherKindError(sentence)


def refuse_other_texts(text: str) -> None:
    """Raise OtherKindError if `text` is vCard, XML, JSON … or hardly text at all."""
    start = text[:_SAMPLE].lstrip("\ufeff")
    for pattern, sentence in _TEXTS:
        if pattern.match(start):
            raise OtherKindError(sentence)
    controls = len(_CONTROL.findall(start))
    if len(start) >= _FEW_CHARACTERS and controls > len(start) * _MOST_CONTROLS:
        raise OtherKindError(BINARY)


def _name_archive(data: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return ARCHIVE
    if any(name.startswith("xl/") for name in names):
        return EXCEL
    if "mimetype" in names and "content.xml" in names:
        return OPEN_DOCUMENT
    return OFFICE if "[Content_Types].xml" in names else ARCHIVE
