"""What the bin answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from crmkit.core import HitKind


class BinRecord(TypedDict):
    """A deleted record; an activity goes when its lead does, and is kept until then."""

    kind: HitKind
    id: int
    name: str
    line: str
    deleted_at: datetime
    deleted_by: Annotated[str | None, Field(description="Somebody's name.")]
    kept_until: date | None


class NotRestored(TypedDict):
    """A record that stays in the bin, and why."""

    id: int
    reason: str


class Restored(TypedDict):
    """What came back, and what did not."""

    restored: int
    refused: list[NotRestored]


class Purged(TypedDict):
    """What is gone for good, and what a plugin keeps."""

    purged: list[int]
    kept: list[int]
