"""What a search answers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from crmkit.core import HitKind

Places = Annotated[
    list[list[int]],
    Field(description="Pairs: the first character, from 0, and the one behind."),
]


class HitMarks(TypedDict):
    """Where the words stand that were searched for."""

    title: Places
    line: Places


class Hit(TypedDict):
    """A record that was found; an activity names its lead."""

    kind: HitKind
    id: int
    title: str
    line: str
    marks: HitMarks
    state: Annotated[
        str, Field(description="A lead's status, a contact's kind, or how it stands.")
    ]
    lead_id: int | None


class Hits(TypedDict):
    """The best hits, the best first."""

    items: list[Hit]
    has_more: bool
