"""Reading a mail as it came: whatever is in it, this gives words and never raises."""

from __future__ import annotations

import re
from base64 import b64decode
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses, parsedate_to_datetime
from quopri import decodestring
from typing import TYPE_CHECKING

from crmkit.core import normalize_email

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_PARTS = 300
LONGEST_HEADER = 20_000
_UNREAD = "\ufffd"
LONGEST_TEXT = 400_000
MOST_ADDRESSES = 200
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
# What stands between commas or ends a group, but for those in quotes, angles, brackets.
_MAILBOX = re.compile(r'(?:[^,;"<(]|"(?:\\.|[^"\\])*"|<[^<>]*>|\([^()]*\))+')
_COMMENT = re.compile(r"\([^()]*\)")
_NO_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_ID = re.compile(r"<[^<>\s]{1,480}>")
# Names that mail programs use and Python does not know.
_CHARSETS = {
    "ansi_x3.110-1983": "latin-1",
    "ks_c_5601-1987": "cp949",
    "iso-8859-8-i": "iso-8859-8",
    "x-sjis": "shift_jis",
    "x-gbk": "gbk",
    "windows-874": "cp874",
    "cp-850": "cp850",
    "gb2312": "gb18030",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
}


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that came with a mail."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ReadMail:
    """What a mail says; texts are as they came, HTML is not yet made safe.

    `headers` holds every header by its name in small letters, `kinds` the media types
    of all parts, `statuses` what a delivery report says of each recipient.
    """

    headers: dict[str, list[str]]
    kinds: tuple[str, ...]
    report_type: str
    from_name: str
    from_address: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str
    message_id: str
    in_reply_to: str | None
    references: tuple[str, ...]
    enclosures: tuple[Enclosure, ...]
    statuses: tuple[dict[str, str], ...]
    returned_ids: tuple[str, ...]
    sent_at: datetime | None

    def header(self, name: str) -> str:
        """The first header of that name, empty where there is none."""
        return next(iter(self.headers.get(name, ())), "")


def read_mail(raw: bytes) -> ReadMail:
    """What the mail of these bytes says."""
    message = _parse(raw)
    headers: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        headers.setdefault(str(name).lower(), []).append(decode(value))
    parts = _Parts()
    with suppress(RecursionError, ValueError, LookupError, AttributeError, TypeError):
        parts.read(message)
    name, address = _sender(headers)
    return ReadMail(
        headers=headers,
        kinds=tuple(parts.kinds),
        report_type=_parameter(message, "report-type"),
        from_name=name,
        from_address=address,
        to=_addresses(headers, "to"),
        cc=_addresses(headers, "cc"),
        recipients=_addresses(
            headers, "to", "cc", "delivered-to", "x-original-to", "x-forwarded-to"
        ),
        subject=_one_line(_first(headers, "subject")),
        text=_shorten("\n\n".join(parts.texts)),
        html=_shorten("".join(parts.htmls)),
        message_id=next(iter(_ids(headers, "message-id")), ""),
        in_reply_to=next(iter(_ids(headers, "in-reply-to")), None),
        references=tuple(dict.fromkeys(_ids(headers, "references"))),
        enclosures=tuple(parts.enclosures),
        statuses=tuple(parts.statuses),
        returned_ids=tuple(dict.fromkeys(parts.returned_ids)),
        sent_at=_date(headers),
    )


def _parse(raw: bytes) -> Message:
    try:
        return message_from_bytes(raw, policy=compat32)
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError):
        # Too deep, or too broken, to be taken apart: its headers can still be read.
        return BytesHeaderParser(policy=compat32).parsebytes(raw)


class _Parts:
    """The parts of a mail, sorted into words, files and reports."""

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.texts: list[str] = []
        self.htmls: list[str] = []
        self.enclosures: list[Enclosure] = []
        self.statuses: list[dict[str, str]] = []
        self.returned_ids: list[str] = []

    def read(self, message: Message) -> None:
        """Sort `message` and what is in it."""
        if len(self.kinds) >= MOST_PARTS:
            return
        kind = message.get_content_type()
        self.kinds.append(kind)
        if kind == "message/delivery-status":
            self.statuses += _statuses(message)
        elif kind in {"message/rfc822", "text/rfc822-headers", "message/global"}:
            self._read_enclosed(message)
        elif kind == "multipart/alternative":
            self._read_alternatives(message)
        elif message.is_multipart():
            for part in _children(message):
                self.read(part)
        else:
            self._read_leaf(message, kind)

    def _read_alternatives(self, message: Message) -> None:
        """The same words in several forms: the first of each counts."""
        for part in _children(message):
            kind = part.get_content_type()
            is_known = (kind == "text/plain" and self.texts) or (
                kind == "text/html" and self.htmls
            )
            if not is_known or part.is_multipart():
                self.read(part)

    def _read_enclosed(self, message: Message) -> None:
        inner = next(_children(message), None)
        source = inner if inner is not None else _headers_in(message)
        for value in source.get_all("message-id", []):
            self.returned_ids += _ID.findall(decode(value))
        if inner is not None and message.get_content_type() != "text/rfc822-headers":
            name = _one_line(decode(inner.get("subject", ""))) or "message"
            data = inner.as_bytes(policy=compat32)
            self.enclosures.append(Enclosure(f"{name[:80]}.eml", data))

    def _read_leaf(self, part: Message, kind: str) -> None:
        name = _file_name(part)
        is_file = part.get_content_disposition() == "attachment" or bool(name)
        if kind in {"text/plain", "text/html"} and not is_file:
            words = _words(part)
            (self.htmls if kind == "text/html" else self.texts).append(words)
            return
        data = _payload(part)
        if data:
            self.enclosures.append(Enclosure(name or _name_of(kind), data))


def _children(message: Message) -> Iterator[Message]:
    payload = message.get_payload()
    if isinstance(payload, list):
        yield from (part for part in payload if isinstance(part, Message))


def _headers_in(message: Message) -> Message:
    return BytesHeaderParser(policy=compat32).parsebytes(_payload(message))


def _payload(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _words(part: Message) -> str:
    return decode_bytes(_payload(part), str(part.get_content_charset() or ""))


def decode_bytes(data: bytes, charset: str) -> str:
    """`data` as text: in the charset that it is said to be in, or what else fits."""
    # Who declares UTF-8 or nothing may be wrong; what is valid UTF-8 hardly is chance.
    for name in (_CHARSETS.get(charset, charset), "utf-8"):
        with suppress(LookupError, ValueError):
            return _clean(data.decode(name))
    known = _CHARSETS.get(charset, charset)
    with suppress(LookupError, ValueError):
        if known not in {"", "utf-8", "utf8"}:
            return _clean(data.decode(known, "replace"))
    text = data.decode("utf-8", "replace")
    others = sum(not sign.isascii() and sign != _UNREAD for sign in text)
    # A letter or two of UTF-8 were cut; else it never was UTF-8.
    is_cut = text.count(_UNREAD) <= others
    return _clean(text if is_cut else data.decode("cp1252", "replace"))


def decode(value: object) -> str:
    """A header as people read it."""
    text = str(value)[:LONGEST_HEADER]
    if not text.isascii():
        data = text.encode("utf-8", "surrogateescape")
        text = decode_bytes(data, "")
    return _clean(_decode_words(text))


def _decode_words(text: str) -> str:
    """`text` with its encoded words (RFC 2047) read, also those a little broken."""
    parts: list[str] = []
    pending: tuple[str, bytes] | None = None
    end = 0
    for found in _WORD.finditer(text):
        between = text[end : found.start()]
        charset, data = found[1].partition("*")[0].lower(), _bytes_of(found)
        # Blanks between encoded words are none, and a letter may be spread over two.
        is_next = pending is not None and not between.strip() and pending[0] == charset
        if is_next and pending is not None:
            pending = (charset, pending[1] + data)
        else:
            if pending is not None:
                parts.append(decode_bytes(pending[1], pending[0]))
            parts.append(between if between.strip() or pending is None else "")
            pending = (charset, data)
        end = found.end()
    if pending is not None:
        parts.append(decode_bytes(pending[1], pending[0]))
    return "".join([*parts, text[end:]])


def _bytes_of(word: re.Match[str]) -> bytes:
    text = word[3]
    if word[2].lower() == "q":
        return decodestring(text.replace("_", " ").encode("ascii", "replace"))
    kept = re.sub(r"[^A-Za-z0-9+/]", "", text)
    # One sign alone holds no byte.
    kept = kept[: len(kept) - (len(kept) % 4 == 1)]
    return b64decode(kept + "=" * (-len(kept) % 4))


def _clean(text: str) -> str:
    """`text` without what no text holds; line ends are those of texts."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NO_TEXT.sub("", plain)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _shorten(text: str) -> str:
    return text[:LONGEST_TEXT].strip("\n")


def _first(headers: dict[str, list[str]], name: str) -> str:
    return next(iter(headers.get(name, ())), "")


def _pairs(headers: dict[str, list[str]], name: str) -> list[tuple[str, str]]:
    with suppress(ValueError, IndexError, TypeError, RecursionError):
        lines = [_one_line(one) for one in headers.get(name, ())]
        # Each by itself: some Pythons give no address of a line with a broken one.
        parts = [part for line in lines for part in _MAILBOX.findall(line)]
        plain = [_COMMENT.sub(lambda said: said[0].replace(",", " "), p) for p in parts]
        return [pair for part in plain for pair in getaddresses([part])]
    return []


def _sender(headers: dict[str, list[str]]) -> tuple[str, str]:
    """Name and address of who wrote, from the first header that has an address."""
    first = ""
    for header in ("from", "sender", "reply-to", "return-path"):
        for name, address in _pairs(headers, header):
            first = first or _one_line(name)
            if normalize_email(address) is not None:
                return (_one_line(name) or first, address.strip())
    return first, ""


def _addresses(headers: dict[str, list[str]], *names: str) -> tuple[str, ...]:
    found = [
        address.strip()
        for name in names
        for _, address in _pairs(headers, name)[:MOST_ADDRESSES]
        if normalize_email(address) is not None
    ]
    return tuple(dict.fromkeys(found))


def _ids(headers: dict[str, list[str]], name: str) -> list[str]:
    return [found for one in headers.get(name, ()) for found in _ID.findall(one)]


def _date(headers: dict[str, list[str]]) -> datetime | None:
    with suppress(ValueError, TypeError, IndexError, OverflowError):
        moment = parsedate_to_datetime(_first(headers, "date"))
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    return None


def _parameter(message: Message, name: str) -> str:
    with suppress(ValueError, LookupError, AttributeError, TypeError):
        return str(message.get_param(name) or "").lower()
    return ""


def _file_name(part: Message) -> str:
    with suppress(ValueError, LookupError, AttributeError, TypeError):
        return _one_line(decode(part.get_filename() or ""))
    return ""


def _name_of(kind: str) -> str:
    return {"text/calendar": "invitation.ics", "text/html": "page.html"}.get(
        kind, "attachment"
    )


def _statuses(message: Message) -> list[dict[str, str]]:
    """The groups of headers of a delivery report."""
    groups = [
        {str(name).lower(): decode(value) for name, value in part.items()}
        for part in _children(message)
    ]
    if not groups:
        groups = [{k.lower(): decode(v) for k, v in _headers_in(message).items()}]
    return [group for group in groups if group]
