from __future__ import annotations

import zipfile
from io import BytesIO

import pytest

from crmkit_data_exchange.errors import LockedWorkbookError, OtherKindError
from crmkit_data_exchange.sources import open_source, read_source


def pack(*names: str) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (pack("[Content_Types].xml", "word/document.xml"), "Office document"),
        (pack("mimetype", "content.xml"), "OpenDocument"),
        (pack("leads.csv"), "packed archive"),
        (b"PK\x03\x04 torn", "packed archive"),
        (b"\x1f\x8b\x08\x00", "packed archive"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"BEGIN:VCALENDAR\n", "calendar"),
        (b'<?xml version="1.0"?><a/>', "XML"),
        (b"<!DOCTYPE html><html>", "web page"),
        (bytes(range(1, 32)) * 20, "not a text file"),
    ],
)
def test_a_file_of_another_kind_is_named_in_one_sentence(
    data: bytes, words: str
) -> None:
    with pytest.raises(OtherKindError, match=words):
        open_source(data)


def test_a_workbook_with_a_password_says_so() -> None:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(LockedWorkbookError, match="password"):
        open_source(data)


def test_a_header_in_brackets_is_no_json() -> None:
    assert read_source(open_source(b"[id],{name}\n1,Ann\n")).columns == (
        "[id]",
        "{name}",
    )
