"""The fenced examples of a guide, in their order."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[2] / "docs"
ANYTHING = "…"
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer: its first line, headers and JSON."""

    start: str
    headers: dict[str, str]
    body: str

    @property
    def is_answer(self) -> bool:
        return self.start.startswith("HTTP/")

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def blocks_of(guide: str, language: str) -> list[str]:
    """The text of every block of a language in a guide."""
    found = _FENCE.findall((DOCS / guide).read_text(encoding="utf-8"))
    return [text for named, text in found if named == language]


def read_message(text: str) -> Message:
    """A block of the language http."""
    head, _, body = text.partition("\n\n")
    start, *lines = head.splitlines()
    headers = dict(line.split(": ", 1) for line in lines)
    return Message(start, headers, body.strip())


def differences(expected: Any, found: Any, path: str = "") -> list[str]:
    """Where `found` does not hold what a guide shows of it."""
    if expected == ANYTHING:
        return []
    if isinstance(expected, dict) and isinstance(found, dict):
        return [
            line
            for name, value in expected.items()
            for line in differences(value, found.get(name), f"{path}.{name}")
        ]
    is_empty = expected == []
    if isinstance(expected, list) and isinstance(found, list) and not is_empty:
        pairs = zip(expected, [*found, *[None] * len(expected)], strict=False)
        return [
            line
            for number, pair in enumerate(pairs)
            for line in differences(*pair, f"{path}[{number}]")
        ]
    return [] if expected == found else [f"{path}: {found!r}, not {expected!r}"]
