"""What a type can be besides, and its default as one types it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmkit.core import FieldType as T
from crmkit.web import read_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmkit.core import UnitOfWork

_WORDS = frozenset({"is_required", "default", "is_unique", "is_searched"})
_OPTIONS: Mapping[T, frozenset[str]] = {
    T.LONG_TEXT: _WORDS - {"is_unique"},
    T.DECIMAL: _WORDS - {"is_searched"},
    T.DATE: _WORDS - {"is_searched"},
    T.MONEY: _WORDS - {"is_searched", "is_unique"},
    T.PERCENT: _WORDS - {"is_searched", "is_unique"},
    T.MOMENT: frozenset({"is_required"}),
    T.YES_NO: frozenset({"is_required", "default"}),
    T.CHOICE: _WORDS - {"is_unique"},
    T.CHOICES: frozenset({"is_required", "default"}),
    T.USER: frozenset({"is_required"}),
    T.CONTACT: frozenset({"is_required"}),
    T.RELATED: frozenset(),
}


def options_for(kind: T) -> frozenset[str]:
    """What of `is_required`, `default`, `is_unique`, `is_searched` a type can have."""
    return _OPTIONS.get(kind, _WORDS)


def read_default(uow: UnitOfWork, kind: T, typed: str) -> Any:
    """A default as it was typed, in JSON; None where nothing was."""
    text = typed.strip()
    if not text or "default" not in options_for(kind):
        return None
    if kind is T.CHOICES:
        return [part.strip() for part in text.split(",") if part.strip()]
    if kind is T.YES_NO:
        return {"true": True, "false": False}.get(text, text)
    if kind is T.WHOLE:
        return int(text) if text.removeprefix("-").isdecimal() else text
    if kind in {T.DECIMAL, T.MONEY, T.PERCENT}:
        return str(read_number(text, uow.actor.locale))
    return text


def write_default(default: Any) -> str:
    """A default as one would type it."""
    if default is None:
        return ""
    if isinstance(default, bool):
        return "true" if default else "false"
    if isinstance(default, list):
        return ", ".join(default)
    return str(default)
