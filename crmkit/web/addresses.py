"""Addresses of pages that differ from the present one by a filter or a page."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

JOIN = " and "


def build_address(path: str, query: Mapping[str, object], /, **changes: object) -> str:
    """The path with the query, some of it changed; what is empty is left out."""
    parts = {**query, **changes}
    words = {name: value for name, value in parts.items() if value not in (None, "")}
    return f"{path}?{urlencode(words)}" if words else path


def toggle_condition(text: str, condition: str) -> str:
    """A filter's text with the condition added, or without it if it was there."""
    present = list(_split_conditions(text))
    if condition in present:
        present.remove(condition)
    else:
        if len(present) == 1 and " or " in text:
            present = [f"({text})"]
        present.append(condition)
    return JOIN.join(present)


def has_condition(text: str, condition: str) -> bool:
    """Whether the condition is one of those the whole filter joins with "and"."""
    return condition in _split_conditions(text)


def list_conditions(text: str) -> list[str]:
    """The conditions that the whole filter joins with "and"."""
    return list(_split_conditions(text))


def _split_conditions(text: str) -> Iterator[str]:
    depth, quote, start = 0, "", 0
    for at, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign in "()":
            depth += 1 if sign == "(" else -1
        elif depth == 0 and text.startswith(JOIN, at):
            yield text[start:at].strip()
            start = at + len(JOIN)
    if text[start:].strip():
        yield text[start:].strip()
