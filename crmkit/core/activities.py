"""Activities: what is planned for a lead, and what was done."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, model_validator
from sqlalchemy import ColumnElement, ForeignKey, Index, String, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.activity_types import LONGEST_SLUG, find_activity_type
from crmkit.core.clock import FIRST_DAY, LAST_DAY, start_of_day
from crmkit.core.db import Base
from crmkit.core.drafts import Day, Draft, Instant, RecordId
from crmkit.core.edits import Based, stale_fields
from crmkit.core.errors import CrmError, NotFoundError, mark
from crmkit.core.events import Fact, Values, record
from crmkit.core.leads import Lead, visible
from crmkit.core.leads.choices import check_owners
from crmkit.core.search import index_records, searched_texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmkit.core.activity_types import KnownType
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "Activity",
    "ActivityDraft",
    "ActivityState",
    "NextActivity",
    "activities_of",
    "delete_activity",
    "edit_activity",
    "finish_activity",
    "get_activity",
    "get_deleted_activity",
    "next_of",
    "plan_activity",
    "recall_activity",
    "state_of_activity",
]


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
    __table_args__ = (
        Index("ix_activity_lead", "lead_id", "done_at", "due_from"),
        Index("ix_activity_due", "due_from", "id"),
        Index("ix_activity_owner_due", "owner_id", "due_from"),
        Index("ix_activity_owner_done", "owner_id", "done_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id", ondelete="CASCADE"))
    type: Mapped[str] = mapped_column(String(LONGEST_SLUG))
    summary: Mapped[str] = mapped_column(String(250))
    note: Mapped[str | None] = mapped_column(String(10_000))
    due_on: Mapped[date]
    due_at: Mapped[datetime | None]
    due_from: Mapped[datetime]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("crm_user.id"))
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("crm_user.id"))
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    feedback: Mapped[str | None] = mapped_column(String(10_000))
    deleted_at: Mapped[datetime | None]


class NoDueError(ValueError):
    """Neither a day nor a time."""

    def __init__(self) -> None:
        super().__init__("Name a day (due_on) or a time (due_at).")


class FarDayError(ValueError):
    """The time is in another age."""

    def __init__(self) -> None:
        super().__init__("Write a time between 1900 and 9998.")


class ActivityDraft(Draft):
    """What is needed for a new activity: `due_on` a day, or `due_at` a time.

    `type` is the slug or the name of one; without it the usual one is taken.
    """

    type: str | None = Field(default=None, max_length=120)
    summary: str = Field(default="", max_length=250)
    note: str | None = Field(default=None, max_length=10_000)
    due_on: Day | None = Field(default=None, ge=FIRST_DAY, le=LAST_DAY)
    due_at: Instant | None = None
    owner_id: RecordId | None = None

    @model_validator(mode="after")
    def _has_due(self) -> Self:
        if self.due_on is None and self.due_at is None:
            raise NoDueError
        if self.due_at is not None and not FIRST_DAY < self.due_at.date() < LAST_DAY:
            raise FarDayError
        return self


@dataclass(frozen=True, slots=True)
class NextActivity:
    """What a lead waits for. `days` is how late it is, or how far away.

    `type` is the slug of its type, `label` and `icon` how pages show that.
    """

    id: int | None
    type: str
    summary: str
    due_on: date | None
    due_at: datetime | None
    state: ActivityState
    days: int
    label: str = field(default="", compare=False)
    icon: str = field(default="", compare=False)


_EDITED = ("type", "summary", "note", "owner_id")
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
    known: Mapping[str, KnownType],
) -> NextActivity:
    """An activity as cards show it, from its type and summary, its day and time."""
    days = abs((due[0] - today).days)
    state = state_on(due[0], today)
    kind = known.get(what[0])
    return NextActivity(
        activity_id,
        *what,
        *due,
        state,
        days,
        label=kind.name if kind else what[0],
        icon=kind.icon if kind else "",
    )


def get_activity(uow: UnitOfWork, activity_id: int) -> tuple[Activity, Lead]:
    """The activity of that id and its lead, if the actor may see it."""
    return _one(uow, activity_id, Activity.deleted_at.is_(None))


def get_deleted_activity(uow: UnitOfWork, activity_id: int) -> tuple[Activity, Lead]:
    """The activity of that id in the bin and its lead, if the actor may see it."""
    return _one(uow, activity_id, Activity.deleted_at.is_not(None))


def _one(
    uow: UnitOfWork, activity_id: int, criterion: ColumnElement[bool]
) -> tuple[Activity, Lead]:
    query = (
        select(Activity, Lead)
        .join(Lead, Lead.id == Activity.lead_id)
        .where(Activity.id == activity_id, visible(uow), criterion)
    )
    row = uow.session.execute(uow.locked(query)).one_or_none()
    if row is None:
        raise NotFoundError("activity", activity_id)
    return row[0], row[1]


def activities_of(uow: UnitOfWork, lead: Lead) -> list[Activity]:
    """The activities of a lead: those to do, by time, then those done, newest first."""
    rows = uow.session.scalars(
        select(Activity)
        .where(Activity.lead_id == lead.id, Activity.deleted_at.is_(None))
        .order_by(Activity.due_from)
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
    index_records(uow, "activity", searched_texts("activity", [activity]))
    find_next(uow, lead)
    return activity


def _new(uow: UnitOfWork, lead: Lead, draft: ActivityDraft) -> Activity:
    return Activity(
        lead_id=lead.id,
        type=find_activity_type(uow, draft.type).slug,
        summary=draft.summary,
        note=draft.note,
        **_due(uow, draft),
        owner_id=draft.owner_id or uow.actor.id,
        created_by_id=uow.actor.id,
        created_at=uow.now(),
    )


def _due(uow: UnitOfWork, draft: ActivityDraft) -> dict[str, Any]:
    """The three columns that say when: a day, maybe a time, and what sorts."""
    zone = uow.settings.zone
    if draft.due_at is not None:
        moment = draft.due_at.astimezone(UTC)
        day = moment.astimezone(zone).date()
        return {"due_on": day, "due_at": moment, "due_from": moment}
    day = draft.due_on or uow.today()
    return {"due_on": day, "due_at": None, "due_from": start_of_day(day, zone)}


def edit_activity(
    uow: UnitOfWork,
    lead: Lead,
    activity: Activity,
    changes: Mapping[str, Any],
    based_on: Based = None,
) -> None:
    """Change fields of an activity of `lead` that is still to do.

    A new day takes the place of the time, unless a new time comes with it. Raises
    StaleError when the activity was changed after `based_on`, whatever it was: the
    history of a lead does not tell the versions of its activities.
    """
    if activity.done_at is not None:
        raise DoneError
    draft = _drafted(activity, changes)
    if draft.owner_id != activity.owner_id:
        check_owners(uow, [draft.owner_id])
    wanted = {name: getattr(draft, name) for name in _EDITED} | _due(uow, draft)
    if draft.type != activity.type:
        wanted["type"] = find_activity_type(uow, draft.type).slug
    changed = {
        name: (getattr(activity, name), value)
        for name, value in wanted.items()
        if getattr(activity, name) != value
    }
    if not changed:
        return
    if based_on is not None and based_on < activity.version:
        raise stale_fields(("activity", activity.id), changed, changed)
    for name, (_, value) in changed.items():
        setattr(activity, name, value)
    touch(uow, lead, activity, "activity.changed", changed)


def _drafted(activity: Activity, changes: Mapping[str, Any]) -> ActivityDraft:
    known = {name: getattr(activity, name) for name in ActivityDraft.model_fields}
    if changes.get("due_on") is not None:
        known["due_at"] = None
    given = dict(changes)
    if given.get("summary", "") is None:
        given["summary"] = ""
    return ActivityDraft(**{**known, **given})


def delete_activity(uow: UnitOfWork, lead: Lead, activity: Activity) -> None:
    """Put an activity of `lead` into the bin."""
    activity.deleted_at = uow.now()
    touch(uow, lead, activity, "activity.deleted", {})


def recall_activity(uow: UnitOfWork, lead: Lead, activity: Activity) -> None:
    """Take an activity of `lead` out of the bin."""
    activity.deleted_at = None
    touch(uow, lead, activity, "activity.restored", {})


def touch(
    uow: UnitOfWork, lead: Lead, activity: Activity, kind: str, changed: Values
) -> None:
    """Record a change of an activity, and find the lead's next one."""
    activity.version += 1
    uow.session.flush()
    named: Values = {
        "type": (None, activity.type),
        "summary": (None, activity.summary),
        "activity_id": (None, activity.id),
    }
    told = {name: changed[name] for name in changed if name != "due_from"}
    _record(uow, lead, kind, {**named, **told})
    find_next(uow, lead)


def finish_activity(
    uow: UnitOfWork, lead: Lead, activity: Activity, feedback: str | None = None
) -> None:
    """Mark an activity of `lead` done, with what came of it."""
    if activity.done_at is not None:
        raise DoneError
    activity.done_at = uow.now()
    activity.feedback = (feedback or "").strip() or None
    said: Values = {"feedback": (None, activity.feedback)} if activity.feedback else {}
    touch(uow, lead, activity, "activity.done", said)


def _record(uow: UnitOfWork, lead: Lead, kind: str, values: Values) -> None:
    record(uow, [Fact(kind, "lead", lead.id, lead.version, values)])


def find_next(uow: UnitOfWork, lead: Lead) -> None:
    """Bring the lead's next activity up to date; a derived value, so no event."""
    row = uow.session.execute(
        select(Activity.id, Activity.due_from)
        .where(Activity.lead_id == lead.id, Activity.done_at.is_(None))
        .where(Activity.deleted_at.is_(None))
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
    number = lead.next_activity_id
    kind, summary, *due = uow.run(_planned, {"number": number}).one()
    return describe(
        number,
        (kind, summary),
        (due[0], due[1]),
        uow.today(),
        uow.catalogue.activity_types,
    )


_planned = select(
    Activity.type, Activity.summary, Activity.due_on, Activity.due_at
).where(Activity.id == bindparam("number"))
