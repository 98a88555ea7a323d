"""Leads, contacts, activities and their history."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from crmkit.core import ActivityState, ContactKind, LeadKind, NotificationKind, Status
from crmkit.web.api.shapes.forms import Amount, Percent, Versions
from crmkit.web.api.shapes.messages import Message

ActivitySlug = Annotated[str, Field(description="The id of an activity type.")]


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
    type: ActivitySlug
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
    custom: dict[str, Any]


class Activity(TypedDict):
    """Something to do for a lead, or done."""

    id: int
    version: Versions
    lead_id: int
    type: ActivitySlug
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


class Moment(TypedDict):
    """An entry of a timeline: an event, the words of a note, the mail it is about."""

    id: int
    at: datetime
    kind: str
    actor_id: int | None
    actor_name: str | None
    change_id: str
    values: dict[str, list[Any]]
    text: str | None
    message: Message | None


class Mention(TypedDict):
    """Who is named in a note; he is told unless he cannot see the lead."""

    user_id: int
    name: str
    is_told: bool


class Follower(TypedDict):
    """Somebody who follows a lead."""

    user_id: int
    name: str


class Notice(TypedDict):
    """Something that one is told of: a mention, a note, or leads that one got."""

    id: int
    kind: NotificationKind
    lead_id: int
    lead_name: str
    entry_id: int | None
    more: int
    actor_id: int | None
    actor_name: str | None
    created_at: datetime
    read_at: datetime | None


class Note(TypedDict):
    """What somebody wrote on a lead."""

    id: int
    text: str
    created_at: datetime
    author_id: int | None
    mentions: list[Mention]


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


class File(TypedDict):
    """A file of a lead or contact; `url` answers its bytes."""

    id: int
    name: Annotated[str, Field(examples=["Offer.pdf"])]
    media_type: Annotated[str, Field(examples=["application/pdf"])]
    size: Annotated[int, Field(description="In bytes.")]
    sha256: Annotated[str, Field(examples=["9f86d081884c7d65…"])]
    added_by_id: int | None
    added_by_name: Annotated[str | None, Field(examples=["Camille Roux"])]
    created_at: datetime
    url: Annotated[str, Field(examples=["/api/v1/files/1"])]
