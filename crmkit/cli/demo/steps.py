"""The steps of a life: each a moment, and what is done then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmkit.core import (
    ActivityDraft,
    LeadDraft,
    LostReason,
    NoteDraft,
    add_note,
    create_lead,
    edit_lead,
    finish_activity,
    get_activity,
    lose_lead,
    move_lead,
    plan_activity,
    win_lead,
)

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from crmkit.cli.demo.lives import Life
    from crmkit.core import Lead, Stage, UnitOfWork

Action = Callable[["Turn"], None]


@dataclass(slots=True)
class Turn:
    """A step being taken: the unit of its actor, the life and its lead, if there."""

    uow: UnitOfWork
    life: Life
    found: Lead | None

    @property
    def lead(self) -> Lead:
        """The lead, which the first step made."""
        if self.found is None:
            raise NoLeadError
        return self.found


class NoLeadError(LookupError):
    """A step came before the one that makes the lead."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something done in a life at a moment."""

    at: datetime
    life: Life
    do: Action


def create(draft: LeadDraft) -> Action:
    """Make the lead."""

    def act(turn: Turn) -> None:
        turn.found = create_lead(turn.uow, draft)
        turn.life.lead_id = turn.lead.id

    return act


def move(stage: Stage) -> Action:
    """Put the lead into the next stage."""
    return lambda turn: move_lead(turn.uow, turn.lead, stage)


def win() -> Action:
    """Win the lead."""
    return lambda turn: win_lead(turn.uow, turn.lead)


def lose(reason: LostReason | None, note: str | None) -> Action:
    """Lose the lead."""
    return lambda turn: lose_lead(turn.uow, turn.lead, reason, note)


def write(text: str) -> Action:
    """Write a note."""

    def act(turn: Turn) -> None:
        add_note(turn.uow, turn.lead, NoteDraft(text=text))

    return act


def reprice(amount: Decimal) -> Action:
    """Expect another amount."""
    changes = {"expected_revenue": amount}
    return lambda turn: edit_lead(turn.uow, turn.lead, changes)


def plan(draft: ActivityDraft) -> Action:
    """Plan an activity."""

    def act(turn: Turn) -> None:
        activity = plan_activity(turn.uow, turn.lead, draft)
        turn.life.activity_ids.append(activity.id)

    return act


def finish(feedback: str | None) -> Action:
    """Finish the activity that was planned last."""

    def act(turn: Turn) -> None:
        activity, lead = get_activity(turn.uow, turn.life.activity_ids.pop())
        finish_activity(turn.uow, lead, activity, feedback)

    return act
