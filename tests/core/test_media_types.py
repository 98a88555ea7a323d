"""What a file is, by its first bytes."""

import pytest

from crmkit.core import SHOWN_INLINE, UNKNOWN, sniff
from crmkit.core.media_types import PROGRAM

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        (PNG, "photo.png", "image/png"),
        (PNG, "PHOTO.PNG", "image/png"),
        (PNG, "photo", "image/png"),
        (b"\xff\xd8\xff\xe0", "photo.jpeg", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "a.webp", "image/webp"),
        (b"\0\0\0\x20ftypheic", "a.heic", "image/heic"),
        (b"%PDF-1.7\n", "offer.pdf", "application/pdf"),
        (b"PK\x03\x04....", "prices.xlsx", SHEET),
        (b"PK\x03\x04....", "", "application/zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old.doc", "application/msword"),
        ("Zoë;42\n".encode(), "list.csv", "text/csv"),
        (b"\xef\xbb\xbfHello", "notes.txt", "text/plain"),
        (b"Hello", "README", "text/plain"),
        ("Zoë".encode("latin-1"), "notes.txt", "text/plain"),
    ],
)
def test_content_and_name_tell_the_type(head, name, kind):
    assert sniff(head, name) == kind


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (PNG, "offer.pdf"),
        (b"%PDF-1.7", "photo.png"),
        (b"GIF89a<script>alert(1)</script>", "a.html"),
        (b"Hello", "photo.png"),
        (b"Hello", "page.html"),
        (b"alert(1)", "a.js"),
        (b"PK\x03\x04", "a.png"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg"),
        (b" \n<!DOCTYPE html>", "a.txt"),
        (b"\xef\xbb\xbf<html>", "a.txt"),
        (b"\0\1\2\3", "a.bin"),
        (b"RIFF\0\0\0\0AVI ", "a.avi"),
    ],
)
def test_what_contradicts_its_name_or_could_run_is_unknown(head, name):
    assert sniff(head, name) == UNKNOWN
    assert UNKNOWN not in SHOWN_INLINE


@pytest.mark.parametrize("head", [b"MZ\x90", b"\x7fELF\2", b"\xcf\xfa\xed\xfe"])
@pytest.mark.parametrize("name", ["setup.exe", "photo.png", "offer.pdf", ""])
def test_a_program_is_one_whatever_it_is_called(head, name):
    assert sniff(head) == PROGRAM
    assert sniff(head, name) in {PROGRAM, UNKNOWN}
