"""The kinds of event that the core writes, as its code names them."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from tools.distributions import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

CORE = ROOT / "crmkit" / "core"
# A noun and what happened to it: lead.won, activity_type.created.
KIND = re.compile(r"[a-z_]+\.[a-z_]*(ed|won|lost|left|kept|done)")


def list_kinds() -> list[str]:
    """Every kind, by name; those of named choices are made of their table's name."""
    return sorted(set(_written()) | set(_of_choices()))


def _written() -> Iterator[str]:
    for path in sorted(CORE.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            value = node.value if isinstance(node, ast.Constant) else None
            if isinstance(value, str) and KIND.fullmatch(value):
                yield value


def _of_choices() -> Iterator[str]:
    for noun in ("lost_reason", "tag", "source", "medium", "campaign"):
        for verb in ("created", "changed", "archived", "restored"):
            yield f"{noun}.{verb}"
