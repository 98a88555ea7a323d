"""What merging answers."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from crmkit.web.api.shapes.records import Lead


class Duplicate(TypedDict):
    """A lead that may be the same, and why, in sentences."""

    lead: Lead
    reasons: list[str]


class ExcludedLead(TypedDict):
    """A lead that was named and stays as it is."""

    id: int
    name: str
    reason: str


class MergedField(TypedDict):
    """A field of the master, and the lead that its value is of."""

    name: str
    lead_id: int
    value: Any


class Merge(TypedDict):
    """What came of a merge, or would."""

    lead: Lead
    merge_id: Annotated[int | None, Field(description="None in a dry run.")]
    excluded: list[ExcludedLead]
    fields: list[MergedField]


class Unmerge(TypedDict):
    """The leads of a merge that was taken back."""

    lead: Lead
    leads: list[Lead]
    kept: Annotated[
        list[str], Field(description="Fields of the master that were edited since.")
    ]
