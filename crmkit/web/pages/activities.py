"""What one has to do: the page of today, and what is done to an activity."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Form
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    ActivityDraft,
    UnitOfWork,
    delete_activity,
    edit_activity,
    finish_and_follow,
    get_activity,
    list_users,
    mark,
    next_after,
    put_off,
    read_today,
)
from crmkit.web.answers import changed, page, sentence
from crmkit.web.pages.planning import ActivityForm, EditedForm, NoDayError, types_in_use
from crmkit.web.work import work

routes = APIRouter(include_in_schema=False)

DONE = mark("Done")
PUT_OFF = mark("Put off")
SAVED = mark("Activity saved")
DELETED = mark("Activity deleted")
_STEPS = {"tomorrow": 1, "week": 7}


class DoneForm(BaseModel):
    """What came of an activity, and what is next, if a type is chosen."""

    feedback: str = ""
    next_type: str = ""
    next_summary: str = ""
    next_day: str = ""
    next_time: str = ""

    def following(self, uow: UnitOfWork) -> ActivityDraft | None:
        """The next one as the core takes it; None without a type."""
        if not self.next_type:
            return None
        form = ActivityForm(
            type=self.next_type,
            summary=self.next_summary,
            due_on=self.next_day,
            due_time=self.next_time,
        )
        return form.draft(uow)


@routes.get("/today")
def show_today(request: Request) -> Response:
    """What is late, what is due, what is done; leads that wait."""
    with work(request) as uow:
        return page(
            request,
            uow,
            "today/page.html",
            here="today",
            agenda=read_today(uow),
            today=uow.today(),
        )


@routes.get("/activities/{activity_id}/done")
def ask_done(request: Request, activity_id: int) -> Response:
    """The dialog that asks what came of it, and what is next."""
    with work(request) as uow:
        activity, lead = get_activity(uow, activity_id)
        return page(
            request,
            uow,
            "today/_done.html",
            activity=activity,
            lead=lead,
            after=next_after(uow, activity),
            activity_types=types_in_use(uow),
            today=uow.today(),
        )


@routes.post("/activities/{activity_id}/done")
def finish(
    request: Request, activity_id: int, form: Annotated[DoneForm, Form()]
) -> Response:
    """Mark an activity done, and plan the next one where one was chosen."""
    with work(request) as uow:
        activity, lead = get_activity(uow, activity_id)
        finish_and_follow(uow, lead, activity, form.feedback, form.following(uow))
        return changed(request, uow, sentence(request, uow, DONE))


@routes.post("/activities/{activity_id}/snooze")
def snooze(
    request: Request,
    activity_id: int,
    to: Annotated[str, Form()] = "tomorrow",
) -> Response:
    """Put an activity off: to `tomorrow`, by a `week`, or to a day."""
    with work(request) as uow:
        activity, lead = get_activity(uow, activity_id)
        put_off(uow, lead, activity, _day(uow.today(), to))
        return changed(request, uow, sentence(request, uow, PUT_OFF))


def _day(today: date, to: str) -> date:
    if to in _STEPS:
        return today + timedelta(days=_STEPS[to])
    try:
        return date.fromisoformat(to)
    except ValueError:
        raise NoDayError from None


@routes.get("/activities/{activity_id}/edit")
def ask_edit(request: Request, activity_id: int) -> Response:
    """The dialog with all that can be changed."""
    with work(request) as uow:
        activity, lead = get_activity(uow, activity_id)
        return page(
            request,
            uow,
            "today/_edit.html",
            activity=activity,
            lead=lead,
            zone=uow.settings.zone,
            activity_types=types_in_use(uow),
            people=[(user.id, user.name) for user in list_users(uow)],
        )


@routes.post("/activities/{activity_id}/edit")
def edit(
    request: Request, activity_id: int, form: Annotated[EditedForm, Form()]
) -> Response:
    """Keep what was typed, unless somebody else changed the activity meanwhile."""
    with work(request) as uow:
        activity, lead = get_activity(uow, activity_id)
        wanted = form.draft(uow).model_dump()
        edit_activity(uow, lead, activity, wanted, form.version)
        return changed(request, uow, sentence(request, uow, SAVED))


@routes.post("/activities/{activity_id}/delete")
def delete(request: Request, activity_id: int) -> Response:
    """Put an activity into the bin."""
    with work(request) as uow:
        activity, lead = get_activity(uow, activity_id)
        delete_activity(uow, lead, activity)
        return changed(request, uow, sentence(request, uow, DELETED))
