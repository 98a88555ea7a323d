"""Forms of activities: what they offer, and what was typed."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING

from pydantic import BaseModel

from crmkit.core import ActivityDraft, CrmError, mark
from crmkit.web.pages.blanks import Blank

if TYPE_CHECKING:
    from crmkit.core import UnitOfWork


def types_in_use(uow: UnitOfWork) -> list[tuple[str, str]]:
    """The types that an activity may have, as pairs of slug and name."""
    known = uow.catalogue.activity_types
    return [(slug, one.name) for slug, one in known.items() if not one.is_archived]


class NoDayError(CrmError):
    """The day or the time of an activity is missing, or is none."""

    def __init__(self) -> None:
        super().__init__(mark("Choose the day of the next step."), field="due_on")


class ActivityForm(BaseModel):
    """A next step as it was typed."""

    type: str = ""
    summary: str = ""
    due_on: str = ""
    due_time: str = ""
    note: str = ""
    owner_id: Blank = None

    def draft(self, uow: UnitOfWork) -> ActivityDraft:
        """What the core takes; a time is one of the settings' zone."""
        try:
            day = date.fromisoformat(self.due_on)
            at = time.fromisoformat(self.due_time) if self.due_time else None
        except ValueError:
            raise NoDayError from None
        due_at = None
        if at is not None:
            due_at = datetime.combine(day, at, tzinfo=uow.settings.zone)
        return ActivityDraft(
            type=self.type or None,
            summary=self.summary,
            due_on=day,
            due_at=due_at,
            note=self.note or None,
            owner_id=self.owner_id,
        )


class EditedForm(ActivityForm):
    """An activity as it was typed, and the version that it was typed over."""

    version: Blank = None
