"""Names made comparable: headers, stages, people, choices."""

from __future__ import annotations

import re
import unicodedata

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OTHER = re.compile(r"[^0-9a-z]+")
_E_MAIL = re.compile(r"\be mail\b")
_LETTERS = str.maketrans({"ß": "ss", "œ": "oe", "æ": "ae", "ø": "o", "ł": "l"})


def fold_name(text: str) -> str:
    """`text` without accents, case and superfluous blanks."""
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
        text = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(text.lower().split())


def fold_header(header: str) -> str:
    """The words of a header: `EmployerName`, `employer_name` are `employer name`."""
    words = _OTHER.sub(" ", fold_name(_CAMEL.sub(" ", header))).strip()
    return _E_MAIL.sub("email", words) or fold_name(header)
