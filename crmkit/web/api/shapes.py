"""What the answers of the API look like: read for the document, never at run time.

Amounts and percentages are texts, so that no digit is lost on the way; moments are in
UTC. Names may be added to an answer later; clients let those pass.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Generic, NotRequired, TypeVar

from pydantic import Field
from typing_extensions import TypedDict

from crmkit.core import (
    ActivityState,
    ActivityType,
    ContactKind,
    FieldType,
    LeadKind,
    Role,
    Status,
)

T = TypeVar("T")
Amount = Annotated[
    str,
    Field(pattern=r"^-?\d+(\.\d{1,4})?$", description="An amount, as text."),
]
Percent = Annotated[
    str,
    Field(pattern=r"^\d{1,3}(\.\d{1,2})?$", description="0 to 100, as text."),
]
Versions = Annotated[int, Field(ge=0, description="Raised by every change.")]


class Page(TypedDict, Generic[T]):
    """A page of a list: send `next_cursor` as `cursor` for the next one."""

    items: list[T]
    next_cursor: str | None
    has_more: bool
    total: NotRequired[Annotated[int, Field(description="With `total=exact`.")]]


class History(TypedDict, Generic[T]):
    """A page of history: send `next_cursor` as `cursor` for what is older."""

    items: list[T]
    next_cursor: int | None
    has_more: bool


class Items(TypedDict, Generic[T]):
    """A whole list."""

    items: list[T]


class Address(TypedDict):
    """Where somebody is to be found."""

    street: str | None
    street2: str | None
    zip: str | None
    city: str | None
    state: str | None
    country: Annotated[str | None, Field(description="Two letters, like FR.")]


class NextStep(TypedDict):
    """The activity that a lead waits for."""

    id: int
    type: ActivityType
    summary: str
    due_on: date
    due_at: datetime | None
    state: ActivityState


class Lead(TypedDict):
    """A lead or, once qualified, an opportunity."""

    id: int
    version: Versions
    kind: LeadKind
    status: Status
    archived_at: datetime | None
    name: str
    contact_id: int | None
    contact_name: str | None
    company_name: str | None
    email: str | None
    phone: str | None
    website: str | None
    address: Address
    language: str | None
    stage_id: int
    team_id: int | None
    owner_id: int | None
    priority: Annotated[int, Field(ge=0, le=3)]
    tags: list[str]
    source: str | None
    medium: str | None
    campaign: str | None
    expected_revenue: Amount
    currency: str
    base_revenue: Amount | None
    probability: Percent
    probability_is_manual: bool
    automatic_probability: Percent
    weighted_revenue: Amount
    expected_close: date | None
    lost_reason_id: int | None
    lost_note: str | None
    created_at: datetime
    updated_at: datetime
    stage_entered_at: datetime
    assigned_at: datetime | None
    qualified_at: datetime | None
    closed_at: datetime | None
    next_activity: NextStep | None
    custom: dict[str, Any]
    ext: NotRequired[dict[str, dict[str, Any]]]


class Contact(TypedDict):
    """A person or a company."""

    id: int
    version: Versions
    kind: ContactKind
    name: str
    company_id: int | None
    email: str | None
    phone: str | None
    website: str | None
    vat: str | None
    address: Address
    language: str | None
    industry: str | None
    employees: str | None
    owner_id: int | None
    created_at: datetime
    updated_at: datetime


class Activity(TypedDict):
    """Something to do for a lead, or done."""

    id: int
    version: Versions
    lead_id: int
    type: ActivityType
    summary: str
    note: str | None
    due_on: date
    due_at: datetime | None
    owner_id: int | None
    created_at: datetime
    done_at: datetime | None
    feedback: str | None
    state: ActivityState


class AgendaItem(Activity):
    """An activity with the name of its lead."""

    lead_name: str


class FinishedActivity(Activity):
    """An activity that is done, and the one that was planned next."""

    next: NotRequired[Activity]


class ActivityKind(TypedDict):
    """A type of activity and how it is called in the caller's language."""

    id: ActivityType
    name: str


class Moment(TypedDict):
    """An entry of a timeline: an event, and the words of a note."""

    id: int
    at: datetime
    kind: str
    actor_id: int | None
    actor_name: str | None
    change_id: str
    values: dict[str, list[Any]]
    text: str | None


class Note(TypedDict):
    """What somebody wrote on a lead."""

    id: int
    text: str
    created_at: datetime
    author_id: int | None


class Event(TypedDict):
    """A fact of the history: `values` holds old and new value by field."""

    id: int
    at: datetime
    actor_id: int | None
    kind: str
    lead_id: int
    version: Versions
    change_id: str
    undoes: str | None
    values: dict[str, list[Any]]


class Kept(TypedDict):
    """A record, or fields of it, that somebody changed since."""

    entity: str
    id: int
    name: str
    fields: list[str]


class Undone(TypedDict):
    """What came of an undo."""

    change_id: str
    undoes: str
    records: int
    kept: list[Kept]


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


class Stage(TypedDict):
    """A step of the pipeline."""

    id: int
    version: Versions
    position: int
    name: str
    team_id: int | None
    probability: Percent
    is_won: bool
    requires_lost_reason: bool
    rotting_days: int | None
    guidance: str
    is_folded: bool
    archived_at: datetime | None


class Choice(TypedDict):
    """A lost reason, tag, source, medium or campaign."""

    id: int
    version: Versions
    name: str
    archived_at: datetime | None


class Team(TypedDict):
    """A sales team."""

    id: int
    version: Versions
    name: str
    leader_id: int | None
    archived_at: datetime | None


class Member(TypedDict):
    """A user in a team; `capacity` is how many leads he takes in 30 days."""

    user_id: int
    name: str
    capacity: int


class User(TypedDict):
    """Somebody who works here."""

    id: int
    version: Versions
    name: str
    email: str | None
    role: Role
    locale: str | None
    disabled_at: datetime | None


class CatalogueField(TypedDict):
    """A field of an entity, as forms, filters and imports know it."""

    name: str
    label: str
    type: FieldType
    is_editable: bool
    is_required: bool
    is_importable: bool
    choices: list[str]


class Plugin(TypedDict):
    """A plugin that is installed."""

    id: str
    name: str
    version: str
    state: str
    error: str | None
    requires: list[str]


class Health(TypedDict):
    """Whether the process serves."""

    status: str


class FieldProblem(TypedDict):
    """What is wrong with one input."""

    field: str
    message: str


class Problem(TypedDict):
    """Why a request was not carried out (RFC 9457); nothing was changed."""

    type: str
    title: str
    status: int
    detail: Annotated[str, Field(description="One sentence for a person.")]
    errors: NotRequired[list[FieldProblem]]
    current: NotRequired[dict[str, Any]]
    theirs: NotRequired[dict[str, Any]]
