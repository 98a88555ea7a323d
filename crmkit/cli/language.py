"""The language in which commands tell what went wrong."""

from __future__ import annotations

import os
from pathlib import Path

import crmkit
from crmkit.core import LOCALES

# The first of them that is set decides; the last three as everywhere on Unix.
_DECIDING = ("CRMKIT_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def language_of_terminal() -> str:
    """`en` or `fr`: the language that the environment asks for, else English."""
    asked = next((os.environ[name] for name in _DECIDING if os.environ.get(name)), "")
    return asked[:2] if asked[:2] in LOCALES else "en"


def translate(sentence: str) -> str:
    """A marked sentence of the core in the language of the terminal."""
    language = language_of_terminal()
    if language == "en":
        return sentence
    # Babel is loaded only by those who need it.
    from crmkit.web.rendering import DOMAIN, read_catalogue  # noqa: PLC0415

    folder = Path(crmkit.__file__).parent / "locale"
    return read_catalogue(folder, language, DOMAIN).gettext(sentence)
