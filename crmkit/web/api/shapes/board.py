"""The pipeline."""

from __future__ import annotations

from datetime import date, datetime

from typing_extensions import TypedDict

from crmkit.core import ActivityState, LeadKind, Status
from crmkit.web.api.shapes.forms import Amount, Percent, Versions


class Sum(TypedDict):
    """A sum in the base currency; `by_currency` and `missing_rates` where one lacks."""

    base: Amount
    by_currency: dict[str, Amount]
    missing_rates: list[str]


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


class Column(TypedDict):
    """A stage: counts and sums over the whole filter, and its first cards."""

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


class Board(TypedDict):
    """The pipeline, stage by stage."""

    columns: list[Column]
    base_currency: str
    as_of: datetime | None
