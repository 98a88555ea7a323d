"""What a file is: told by its first bytes, never by who sent it.

The types here are all that are known; whatever else comes is `UNKNOWN`, which is
downloaded and never shown.
"""

from __future__ import annotations

from pathlib import PurePosixPath

__all__ = ["SHOWN_INLINE", "UNKNOWN", "sniff"]

UNKNOWN = "application/octet-stream"
PROGRAM = "application/x-program"
TEXT = "text/plain"
SHOWN_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Types that a browser shows without running anything of theirs."""
HEAD = 4096
"""How many bytes of the beginning tell the type."""

_ZIP, _OLE = "application/zip", "application/x-ole"
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
_STARTS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"PK\x03\x04", _ZIP),
    (b"PK\x05\x06", _ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLE),
    (b"{\\rtf", "application/rtf"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"MZ", PROGRAM),
    (b"\x7fELF", PROGRAM),
    (b"\xcf\xfa\xed\xfe", PROGRAM),
    (b"\xce\xfa\xed\xfe", PROGRAM),
    (b"\xca\xfe\xba\xbe", PROGRAM),
    (b"L\x00\x00\x00\x01\x14\x02\x00", PROGRAM),  # a shortcut of Windows
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_BOXES = {b"heic": "image/heic", b"mif1": "image/heic", b"avif": "image/avif"}
# What an extension may be, and what it then is.
_INSIDE: dict[str, dict[str, str]] = {
    _ZIP: {
        ".zip": _ZIP,
        ".docx": _OFFICE + "wordprocessingml.document",
        ".xlsx": _OFFICE + "spreadsheetml.sheet",
        ".pptx": _OFFICE + "presentationml.presentation",
        ".odt": _OPEN + "text",
        ".ods": _OPEN + "spreadsheet",
        ".odp": _OPEN + "presentation",
    },
    _OLE: {
        ".doc": "application/msword",
        ".xls": "application/vnd.ms-excel",
        ".ppt": "application/vnd.ms-powerpoint",
        ".msg": "application/vnd.ms-outlook",
    },
    TEXT: {
        "": TEXT,
        ".txt": TEXT,
        ".md": TEXT,
        ".log": TEXT,
        ".csv": "text/csv",
        ".tsv": "text/tab-separated-values",
        ".json": "application/json",
        ".ics": "text/calendar",
        ".vcf": "text/vcard",
        ".eml": "message/rfc822",
    },
}
_PLAIN: dict[str, tuple[str, ...]] = {
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "image/tiff": (".tif", ".tiff"),
    "image/heic": (".heic", ".heif"),
    "image/avif": (".avif",),
    "application/rtf": (".rtf",),
    "application/x-7z-compressed": (".7z",),
    "application/gzip": (".gz", ".tgz"),
    "audio/mpeg": (".mp3",),
    "audio/ogg": (".ogg", ".oga", ".opus"),
    "audio/wav": (".wav",),
    "video/mp4": (".mp4", ".m4v", ".mov", ".m4a"),
}


def sniff(head: bytes, name: str = "") -> str:
    """The media type of a file that begins with `head` and is called `name`.

    A file whose name says another thing than its content is `UNKNOWN`, and so is
    what could run in a browser, such as HTML and SVG.
    """
    kind = _by_content(head)
    extension = PurePosixPath(name.lower()).suffix
    if kind in _INSIDE:
        inside = _INSIDE[kind]
        return inside.get(extension, kind if not name and kind == _ZIP else UNKNOWN)
    if kind in _PLAIN and extension not in {"", *_PLAIN[kind]}:
        return UNKNOWN
    return kind


def _by_content(head: bytes) -> str:
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], UNKNOWN)
    if head[4:8] == b"ftyp":
        return _BOXES.get(head[8:12], "video/mp4")
    return TEXT if _is_text(head) else UNKNOWN


def _is_text(head: bytes) -> bool:
    """Whether there are only letters and spaces in it, and no markup in front."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"#!")):
        return False
    return not any(byte < ord(" ") and byte not in b"\t\n\r\f\x1b" for byte in head)
