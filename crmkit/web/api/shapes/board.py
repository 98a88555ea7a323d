"""The pipeline."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from crmkit.core import ActivityState, Difference, LeadKind, Status
from crmkit.web.api.shapes.forms import Amount, Percent, Versions


class Sum(TypedDict):
    """A sum in the base currency, and by the currency that leads are in.

    `unconverted` is what `base` lacks, as the currencies in `missing_rates` have none.
    """

    base: Amount
    by_currency: dict[str, Amount]
    missing_rates: Annotated[list[str], Field(examples=[[]])]
    unconverted: dict[str, Amount]


class ActivityCounts(TypedDict):
    """How many leads wait for something late, due today, planned, or nothing."""

    late: int
    today: int
    planned: int
    none: int


class CardStep(TypedDict):
    """What a card says of the next activity; `days` is how late or far it is."""

    id: int | None
    type: str
    summary: str
    due_on: date | None
    due_at: datetime | None
    state: ActivityState
    days: int


class Card(TypedDict):
    """A lead as the board shows it."""

    id: int
    version: Versions
    kind: LeadKind
    status: Status
    name: str
    stage_id: int
    company_name: str | None
    contact_name: str | None
    expected_revenue: Amount
    weighted_revenue: Amount
    currency: str
    expected_close: date | None
    is_overdue: bool
    probability: Percent
    priority: int
    tags: list[str]
    team_id: int | None
    owner_id: int | None
    owner_name: str | None
    created_at: datetime
    closed_at: datetime | None
    days_in_stage: int
    is_rotting: bool
    next_activity: CardStep


class ColumnGroup(TypedDict):
    """A field and the value that all leads of a column have in it; null: none."""

    field: str
    value: str | int | bool | date | None
    label: str


class Column(TypedDict):
    """A stage: counts and sums over the whole filter, and its first cards.

    With `group` it is a value of that field, and `stage_id` is 0.
    """

    stage_id: int
    name: str
    probability: Percent
    is_won: bool
    is_folded: bool
    guidance: str
    rotting_days: int | None
    count: int
    sum: Sum
    weighted_sum: Sum
    activity: ActivityCounts
    cards: list[Card]
    has_more: bool
    group: ColumnGroup | None


class Board(TypedDict):
    """The pipeline, stage by stage."""

    columns: list[Column]
    base_currency: str
    as_of: datetime | None


class Flow(TypedDict):
    """How many leads, and their sum in the base currency, or by how much it changed."""

    count: int
    base: Amount
    without_rate: Annotated[int, Field(description="Have no amount in it.")]


class ChangedLead(TypedDict):
    """A lead and what became of it; what is null before was not there then."""

    lead_id: int
    name: str
    differences: list[Difference]
    stage_id_before: int | None
    stage_id_after: int | None
    base_before: Amount | None
    base_after: Amount | None
    owner_id: int | None


PipelineChanges = TypedDict(
    "PipelineChanges",
    {
        "from": datetime,
        "to": datetime,
        "open_before": Flow,
        "open_after": Flow,
        "entered": Flow,
        "won": Flow,
        "lost": Flow,
        "left": Flow,
        "moved": Flow,
        "up": Flow,
        "down": Flow,
        "leads": list[ChangedLead],
    },
)
PipelineChanges.__doc__ = "What became of the pipeline between two moments."
