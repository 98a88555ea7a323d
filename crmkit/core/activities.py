"""Activities: what is planned for a lead, and what was done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from pydantic import AwareDatetime, Field, model_validator
from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.clock import FIRST_DAY, LAST_DAY, start_of_day
from crmkit.core.db import Base
from crmkit.core.drafts import Draft
from crmkit.core.errors import CrmError, NotFoundError, mark
from crmkit.core.events import Fact, Values, record
from crmkit.core.leads import Lead, visible
from crmkit.core.leads.choices import check_owners
from crmkit.core.types import choice

if TYPE_CHECKING:
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "TYPE_LABELS",
    "Activity",
    "ActivityDraft",
    "ActivityState",
    "ActivityType",
    "NextActivity",
    "activities_of",
    "finish_activity",
    "get_activity",
    "next_of",
    "plan_activity",
    "state_of_activity",
]


class ActivityType(StrEnum):
    """What kind of thing is to be done."""

    CALL = "call"
    MAIL = "mail"
    MEETING = "meeting"
    TASK = "task"
    DEMO = "demo"


TYPE_LABELS = {
    ActivityType.CALL: mark("Call"),
    ActivityType.MAIL: mark("Mail"),
    ActivityType.MEETING: mark("Meeting"),
    ActivityType.TASK: mark("Task"),
    ActivityType.DEMO: mark("Demo"),
}


class ActivityState(StrEnum):
    """How an activity stands today."""

    LATE = "late"
    TODAY = "today"
    PLANNED = "planned"
    DONE = "done"
    NONE = "none"


class Activity(Base):
    """Something to do for a lead on a day, or at a time of it."""

    __tablename__ = "activity"
    __table_args__ = (Index("ix_activity_lead", "lead_id", "done_at", "due_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"))
    type: Mapped[ActivityType] = mapped_column(choice(ActivityType))
    summary: Mapped[str] = mapped_column(String(250))
    note: Mapped[str | None] = mapped_column(String(10_000))
    due_on: Mapped[date]
    due_at: Mapped[datetime | None]
    due_from: Mapped[datetime]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("crm_user.id"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("crm_user.id"))
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    feedback: Mapped[str | None] = mapped_column(String(10_000))


class NoDueError(ValueError):
    """Neither a day nor a time."""

    def __init__(self) -> None:
        super().__init__("Name a day (due_on) or a time (due_at).")


class FarDayError(ValueError):
    """The time is in another age."""

    def __init__(self) -> None:
        super().__init__("Write a time between 1900 and 9998.")


class ActivityDraft(Draft):
    """What is needed for a new activity: `due_on` a day, or `due_at` a time."""

    type: ActivityType = ActivityType.TASK
    summary: str = Field(default="", max_length=250)
    note: str | None = Field(default=None, max_length=10_000)
    due_on: date | None = Field(default=None, ge=FIRST_DAY, le=LAST_DAY)
    due_at: AwareDatetime | None = None
    owner_id: int | None = None

    @model_validator(mode="after")
    def _has_due(self) -> Self:
        if self.due_on is None and self.due_at is None:
            raise NoDueError
        if self.due_at is not None and not FIRST_DAY < self.due_at.date() < LAST_DAY:
            raise FarDayError
        return self


@dataclass(frozen=True, slots=True)
class NextActivity:
    """What a lead waits for. `days` is how late it is, or how far away."""

    id: int | None
    type: str
    summary: str
    due_on: date | None
    due_at: datetime | None
    state: ActivityState
    days: int


NOTHING_PLANNED = NextActivity(None, "", "", None, None, ActivityState.NONE, 0)


class DoneError(CrmError):
    """The activity was done before."""

    def __init__(self) -> None:
        super().__init__(mark("This activity is done already."))


def state_on(due_on: date, today: date) -> ActivityState:
    """How something due on `due_on` stands on the day `today`."""
    if due_on < today:
        return ActivityState.LATE
    return ActivityState.TODAY if due_on == today else ActivityState.PLANNED


def state_of_activity(uow: UnitOfWork, activity: Activity) -> ActivityState:
    """How `activity` stands today."""
    if activity.done_at is not None:
        return ActivityState.DONE
    return state_on(activity.due_on, uow.today())


def describe(
    activity_id: int,
    what: tuple[str, str],
    due: tuple[date, datetime | None],
    today: date,
) -> NextActivity:
    """An activity as cards show it, from its type and summary, its day and time."""
    days = abs((due[0] - today).days)
    return NextActivity(
        activity_id, what[0], what[1], due[0], due[1], state_on(due[0], today), days
    )


def get_activity(uow: UnitOfWork, activity_id: int) -> tuple[Activity, Lead]:
    """The activity of that id and its lead, if the actor may see it."""
    query = (
        select(Activity, Lead)
        .join(Lead, Lead.id == Activity.lead_id)
        .where(Activity.id == activity_id, visible(uow))
    )
    row = uow.session.execute(uow.locked(query)).one_or_none()
    if row is None:
        raise NotFoundError("activity", activity_id)
    return row[0], row[1]


def activities_of(uow: UnitOfWork, lead: Lead) -> list[Activity]:
    """The activities of a lead: those to do, by time, then those done, newest first."""
    rows = uow.session.scalars(
        select(Activity).where(Activity.lead_id == lead.id).order_by(Activity.due_from)
    )
    every = list(rows)
    done = [activity for activity in every if activity.done_at is not None]
    return [a for a in every if a.done_at is None] + done[::-1]


def plan_activity(uow: UnitOfWork, lead: Lead, draft: ActivityDraft) -> Activity:
    """A new activity of `lead`; without an owner it is the actor's."""
    check_owners(uow, [draft.owner_id])
    activity = _new(uow, lead, draft)
    uow.session.add(activity)
    uow.session.flush()
    values: Values = {
        "type": (None, activity.type),
        "summary": (None, activity.summary),
        "due_on": (None, activity.due_on),
        "activity_id": (None, activity.id),
    }
    _record(uow, lead, "activity.planned", values)
    find_next(uow, lead)
    return activity


def _new(uow: UnitOfWork, lead: Lead, draft: ActivityDraft) -> Activity:
    zone = uow.settings.zone
    if draft.due_at is not None:
        due_on = draft.due_at.astimezone(zone).date()
        due_from = draft.due_at
    else:
        due_on = draft.due_on or uow.today()
        due_from = start_of_day(due_on, zone)
    return Activity(
        lead_id=lead.id,
        type=draft.type,
        summary=draft.summary,
        note=draft.note,
        due_on=due_on,
        due_at=None if draft.due_at is None else draft.due_at.astimezone(UTC),
        due_from=due_from,
        owner_id=draft.owner_id or uow.actor.id,
        created_by_id=uow.actor.id,
        created_at=uow.now(),
    )


def finish_activity(
    uow: UnitOfWork, lead: Lead, activity: Activity, feedback: str | None = None
) -> None:
    """Mark an activity of `lead` done, with what came of it."""
    if activity.done_at is not None:
        raise DoneError
    activity.done_at = uow.now()
    activity.feedback = (feedback or "").strip() or None
    activity.version += 1
    uow.session.flush()
    values: Values = {
        "type": (None, activity.type),
        "summary": (None, activity.summary),
        "activity_id": (None, activity.id),
    }
    _record(uow, lead, "activity.done", values)
    find_next(uow, lead)


def _record(uow: UnitOfWork, lead: Lead, kind: str, values: Values) -> None:
    record(uow, [Fact(kind, "lead", lead.id, lead.version, values)])


def find_next(uow: UnitOfWork, lead: Lead) -> None:
    """Bring the lead's next activity up to date; a derived value, so no event."""
    row = uow.session.execute(
        select(Activity.id, Activity.due_from)
        .where(Activity.lead_id == lead.id, Activity.done_at.is_(None))
        .order_by(Activity.due_from, Activity.id)
        .limit(1)
    ).one_or_none()
    lead.next_activity_id, lead.next_activity_at = (
        (row[0], row[1]) if row else (None, None)
    )
    uow.session.flush()


def next_of(uow: UnitOfWork, lead: Lead) -> NextActivity:
    """What `lead` waits for, or that nothing is planned."""
    if lead.next_activity_id is None:
        return NOTHING_PLANNED
    activity = uow.session.get_one(Activity, lead.next_activity_id)
    return describe(
        activity.id,
        (activity.type, activity.summary),
        (activity.due_on, activity.due_at),
        uow.today(),
    )
