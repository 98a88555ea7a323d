"""What the words of a demo are, whatever their language."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Names and sentences in one language.

    `notes` has one tuple for each open stage. Types of activity go by their slug.
    `{n}` in a title is a number, `{k}` a small one.
    """

    activity_types: Mapping[str, str]
    lost_reasons: tuple[str, ...]
    lost_notes: tuple[str, ...]
    tags: tuple[str, ...]
    sources: tuple[str, ...]
    mediums: tuple[str, ...]
    campaigns: tuple[str, ...]
    titles: tuple[str, ...]
    notes: tuple[tuple[str, ...], ...]
    summaries: Mapping[str, tuple[str, ...]]
    feedback: Mapping[str, tuple[str, ...]]


def words_of(locale: str) -> Words:
    """The words of `locale`, English where there are none."""
    name = {"fr": "french"}.get(locale, "english")
    return cast("Words", import_module(f"crmkit.cli.demo.{name}").WORDS)
