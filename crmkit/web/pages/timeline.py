"""Notes and activities of a lead's page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crmkit.core import (
    CrmError,
    Lead,
    NoteDraft,
    UnitOfWork,
    get_lead,
    mark,
    plan_activity,
    write_note,
)
from crmkit.web.answers import page, sentence
from crmkit.web.pages.lead import lead_context
from crmkit.web.pages.planning import ActivityForm
from crmkit.web.work import work

routes = APIRouter(include_in_schema=False)

NOTED = mark("Note saved")
UNTOLD = mark("Note saved. Not told, as they cannot see this lead: {names}")
PLANNED = mark("Next step planned")


class EmptyNoteError(CrmError):
    """A note without words."""

    def __init__(self) -> None:
        super().__init__(mark("Write something first."), field="text")


def noted(
    request: Request, uow: UnitOfWork, lead: Lead, said: str, *, change_id: str = ""
) -> Response:
    """The answer to what was written on a lead: its head and timeline, and `said`."""
    if request.headers.get("hx-request") != "true":
        return RedirectResponse(f"/leads/{lead.id}", status_code=303)
    return page(
        request,
        uow,
        "lead/_noted.html",
        sentence=said,
        change_id=change_id,
        **lead_context(request, uow, lead),
    )


@routes.post("/leads/{lead_id}/notes")
def note(request: Request, lead_id: int, text: Annotated[str, Form()] = "") -> Response:
    """A new note on the timeline."""
    with work(request) as uow:
        lead = get_lead(uow, lead_id)
        if not text.strip():
            raise EmptyNoteError
        _, mentions = write_note(uow, lead, NoteDraft(text=text))
        unseen = [mention.name for mention in mentions if not mention.is_told]
        said = sentence(request, uow, UNTOLD if unseen else NOTED)
        return noted(request, uow, lead, said.format(names=", ".join(unseen)))


@routes.post("/leads/{lead_id}/activities")
def plan(
    request: Request, lead_id: int, form: Annotated[ActivityForm, Form()]
) -> Response:
    """A new next step."""
    with work(request) as uow:
        lead = get_lead(uow, lead_id)
        plan_activity(uow, lead, form.draft(uow))
        return noted(request, uow, lead, sentence(request, uow, PLANNED))
