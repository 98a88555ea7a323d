"""What comes after an activity: the next one, a later day, or taking “done” back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from crmkit.core.activities import (
    Activity,
    ActivityDraft,
    edit_activity,
    finish_activity,
    plan_activity,
    touch,
)
from crmkit.core.activity_types import Chaining

if TYPE_CHECKING:
    from crmkit.core.activity_types import KnownType
    from crmkit.core.leads import Lead
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "Following",
    "finish_and_follow",
    "next_after",
    "put_off",
    "reopen_activity",
]


@dataclass(frozen=True, slots=True)
class Following:
    """What usually follows an activity: its type, and the day it would be due."""

    type: KnownType
    due_on: date
    is_triggered: bool

    def draft(self, owner_id: int | None) -> ActivityDraft:
        """It as an activity of `owner_id` yet to be planned."""
        return ActivityDraft(type=self.type.slug, due_on=self.due_on, owner_id=owner_id)


def next_after(uow: UnitOfWork, activity: Activity) -> Following | None:
    """What follows once `activity` is done today, if its type says so."""
    known = uow.catalogue.activity_types
    done = known.get(activity.type)
    following = known.get(done.next_slug or "") if done else None
    if done is None or following is None or following.is_archived:
        return None
    day = uow.today() + timedelta(days=following.delay_days)
    return Following(following, day, done.chaining is Chaining.TRIGGER)


def finish_and_follow(
    uow: UnitOfWork,
    lead: Lead,
    activity: Activity,
    feedback: str | None,
    following: ActivityDraft | None = None,
) -> Activity | None:
    """Mark an activity done, and plan `following` or what its type triggers.

    The next activity, None where there is none.
    """
    after = next_after(uow, activity)
    finish_activity(uow, lead, activity, feedback)
    if following is None and after is not None and after.is_triggered:
        following = after.draft(_heir(uow, activity))
    return plan_activity(uow, lead, following) if following is not None else None


def _heir(uow: UnitOfWork, activity: Activity) -> int | None:
    """Whose a triggered activity is: the old one's, where the actor may say so."""
    is_mine = activity.owner_id == uow.actor.id
    return None if is_mine else activity.owner_id


def put_off(uow: UnitOfWork, lead: Lead, activity: Activity, day: date) -> None:
    """Move an activity to another day; a time of day stays what it was."""
    changes: dict[str, object] = {"due_on": day}
    if activity.due_at is not None:
        at = activity.due_at.astimezone(uow.settings.zone).timetz()
        changes = {"due_at": datetime.combine(day, at).astimezone(UTC)}
    edit_activity(uow, lead, activity, changes)


def reopen_activity(uow: UnitOfWork, lead: Lead, activity: Activity) -> None:
    """Let a done activity of `lead` be to do again; its feedback goes."""
    activity.done_at = activity.feedback = None
    touch(uow, lead, activity, "activity.reopened", {})
