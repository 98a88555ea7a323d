"""Notes and activities of a lead's page."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Form
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crmkit.core import (
    ActivityDraft,
    CrmError,
    Lead,
    NoteDraft,
    UnitOfWork,
    add_note,
    finish_activity,
    get_activity,
    get_lead,
    mark,
    plan_activity,
)
from crmkit.web.answers import changed, page, sentence
from crmkit.web.pages.blanks import Blank
from crmkit.web.pages.lead import lead_context
from crmkit.web.work import work

routes = APIRouter()

NOTED = mark("Note saved")
PLANNED = mark("Next step planned")
DONE = mark("Done")


class NoDayError(CrmError):
    """The day or the time of an activity is missing, or is none."""

    def __init__(self) -> None:
        super().__init__(mark("Choose the day of the next step."), field="due_on")


class EmptyNoteError(CrmError):
    """A note without words."""

    def __init__(self) -> None:
        super().__init__(mark("Write something first."), field="text")


def _noted(request: Request, uow: UnitOfWork, lead: Lead, said: str) -> Response:
    if request.headers.get("hx-request") != "true":
        return RedirectResponse(f"/leads/{lead.id}", status_code=303)
    return page(
        request,
        uow,
        "lead/_noted.html",
        sentence=sentence(request, uow, said),
        change_id="",
        **lead_context(request, uow, lead),
    )


@routes.post("/leads/{lead_id}/notes")
def write_note(
    request: Request, lead_id: int, text: Annotated[str, Form()] = ""
) -> Response:
    """A new note on the timeline."""
    with work(request) as uow:
        lead = get_lead(uow, lead_id)
        if not text.strip():
            raise EmptyNoteError
        add_note(uow, lead, NoteDraft(text=text))
        return _noted(request, uow, lead, NOTED)


class ActivityForm(BaseModel):
    """A next step as it was typed."""

    type: str = "task"
    summary: str = ""
    due_on: str = ""
    due_time: str = ""
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
            type=self.type,
            summary=self.summary,
            due_on=day,
            due_at=due_at,
            owner_id=self.owner_id,
        )


@routes.post("/leads/{lead_id}/activities")
def plan(
    request: Request, lead_id: int, form: Annotated[ActivityForm, Form()]
) -> Response:
    """A new next step."""
    with work(request) as uow:
        lead = get_lead(uow, lead_id)
        plan_activity(uow, lead, form.draft(uow))
        return _noted(request, uow, lead, PLANNED)


@routes.post("/activities/{activity_id}/done")
def finish(request: Request, activity_id: int) -> Response:
    """Mark a next step done."""
    with work(request) as uow:
        activity, lead = get_activity(uow, activity_id)
        finish_activity(uow, lead, activity)
        return changed(request, uow, sentence(request, uow, DONE))
