from __future__ import annotations

import zipfile
from io import BytesIO

import pytest

from crmkit_data_exchange.csv_tables import read_table
from crmkit_data_exchange.errors import OtherKindError


def pack(*names: str) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (pack("[Content_Types].xml", "xl/workbook.xml"), "Excel workbook"),
        (pack("[Content_Types].xml", "word/document.xml"), "Office document"),
        (pack("mimetype", "content.xml"), "OpenDocument"),
        (pack("leads.csv"), "packed archive"),
        (b"PK\x03\x04 torn", "packed archive"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"),
            "old Excel workbook",
        ),
        (b"\x1f\x8b\x08\x00", "packed archive"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"BEGIN:VCARD\r\nVERSION:3.0\r\n", "vCard"),
        (b"\xef\xbb\xbfbegin:vcard\n", "vCard"),
        (b"BEGIN:VCALENDAR\n", "calendar"),
        (b'<?xml version="1.0"?><a/>', "XML"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b'{"a": 1}', "JSON"),
        (b'[\n  {"a": 1}]', "JSON"),
        (bytes(range(1, 32)) * 20, "not a text file"),
    ],
)
def test_a_file_of_another_kind_is_named_in_one_sentence(
    data: bytes, words: str
) -> None:
    with pytest.raises(OtherKindError, match=words):
        read_table(data)


def test_a_header_in_brackets_is_no_json() -> None:
    assert read_table(b"[id],{name}\n1,Ann\n").columns == ("[id]", "{name}")
