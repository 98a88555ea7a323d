"""Finding the encoding of a file, in the order from certain to likely."""

from __future__ import annotations

import codecs

from crmkit_data_exchange.errors import UnknownEncodingError, WrongEncodingError
from crmkit_data_exchange.legacy_encodings import guess_legacy_encoding

# What a person may choose; names of Python's codecs.
ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "cp1252",
    "iso8859-1",
    "iso8859-15",
    "mac-roman",
    "cp850",
    "cp437",
    "cp1250",
    "iso8859-2",
    "cp1251",
    "koi8-r",
    "cp1253",
    "iso8859-7",
    "cp1254",
    "iso8859-9",
    "cp1255",
    "cp1256",
    "cp1257",
    "cp1258",
    "cp874",
    "cp932",
    "shift_jis",
    "euc_jp",
    "big5",
    "gb18030",
    "gbk",
    "euc_kr",
)
_ALLOWED = {codecs.lookup(name).name: name for name in ENCODINGS} | {"ascii": "utf-8"}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 4096
_MANY_NULS = 0.4
_FEW_NULS = 0.05


def find_encoding(data: bytes, asked: str | None = None) -> tuple[str, str]:
    """The codec's name and the text of `data`.

    Without `asked`: a byte-order mark decides, then the pattern of NUL bytes that
    UTF-16 makes, then strict UTF-8, then what the letters of the text speak for.

    Raises:
        UnknownEncodingError: `asked` is not offered here.
        WrongEncodingError: the bytes are not text in the encoding.
    """
    encoding = _name_asked(asked) if asked else _name_certain(data)
    if encoding:
        return encoding, _decode(data, encoding)
    try:
        return "utf-8", data.decode("utf-8")
    except UnicodeDecodeError:
        encoding = guess_legacy_encoding(data)
        return encoding, _decode(data, encoding)


def _name_asked(asked: str) -> str:
    try:
        return _ALLOWED[codecs.lookup(asked).name]
    except (LookupError, ValueError):
        raise UnknownEncodingError(asked) from None


def _name_certain(data: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    sample = data[:_SAMPLE]
    half = len(sample) // 2
    if len(data) % 2 or not half:
        return None
    even, odd = sample[::2].count(0) / half, sample[1::2].count(0) / half
    if odd > _MANY_NULS and even < _FEW_NULS:
        return "utf-16-le"
    if even > _MANY_NULS and odd < _FEW_NULS:
        return "utf-16-be"
    return None


def _decode(data: bytes, encoding: str) -> str:
    is_marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if encoding == "utf-16" and not is_marked:
        # Decoding as a whole would guess the order of bytes, reading line by line not.
        raise WrongEncodingError(encoding)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise WrongEncodingError(encoding) from None
