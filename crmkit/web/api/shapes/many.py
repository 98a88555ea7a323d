"""Many leads at once: groups, changes of many, the jobs that do them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from crmkit.core import JobState, Outcome
from crmkit.web.api.shapes.board import Sum


class GroupKey(TypedDict):
    """A field and the value that all leads of a group have in it, null for none."""

    field: Annotated[str, Field(examples=["stage"])]
    value: Annotated[
        str | int | bool | None,
        Field(description="Of a record its id; of a month its first day."),
    ]
    label: Annotated[str, Field(examples=["Proposal"])]


class Total(TypedDict):
    """How many leads, and what they are worth."""

    count: int
    sum: Sum
    weighted_sum: Sum


class Group(TypedDict):
    """The leads that have these values."""

    keys: list[GroupKey]
    total: Total


class Refused(TypedDict):
    """A lead that would not be changed, and why."""

    lead_id: int
    reason: Annotated[str, Field(examples=["A lead needs a name."])]


class BulkPreview(TypedDict):
    """How many leads a change would look at, and what becomes of the first of them."""

    count: int
    tried: int
    outcomes: Annotated[
        dict[str, int],
        Field(
            description="How many of those tried: changed, unchanged, refused.",
            examples=[{"changed": 1}],
        ),
    ]
    refused: list[Refused]


class Job(TypedDict):
    """Work behind the scenes; `worker` and `trace` are for admins."""

    id: int
    name: Annotated[str, Field(examples=["change_leads"])]
    state: JobState
    actor_id: int | None
    change_id: str
    arguments: Annotated[dict[str, Any], Field(examples=[{"count": 1}])]
    done: int
    total: int | None
    attempts: int
    result: Annotated[dict[str, Any] | None, Field(examples=[{"changed": 1}])]
    error: Annotated[str | None, Field(description="One sentence.")]
    due_at: datetime
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    cancel_asked_at: datetime | None
    worker: NotRequired[str | None]
    trace: NotRequired[str | None]


class JobRow(TypedDict):
    """What became of one record of a job; `sentence` says why it was refused."""

    id: int
    entity: Annotated[str, Field(examples=["lead"])]
    record_id: int
    outcome: Outcome
    sentence: str | None
