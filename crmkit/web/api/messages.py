"""Mails of leads, for scripts."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    MessageDraft,
    Role,
    ShownMessage,
    cancel_message,
    get_lead,
    get_message,
    messages_of,
    show_message,
    write_message,
)
from crmkit.web.answers import json_answer, sentence
from crmkit.web.api import shapes
from crmkit.web.work import work

if TYPE_CHECKING:
    from crmkit.core import UnitOfWork

routes = APIRouter(tags=["messages"])

Before = Annotated[int | None, Query(alias="cursor", ge=1)]
Limit = Annotated[int, Query(ge=1, le=200)]


def message_json(
    request: Request, uow: UnitOfWork, message: ShownMessage
) -> dict[str, Any]:
    """A mail as scripts get it; `error` is a sentence."""
    said = message.error_text(lambda text: sentence(request, uow, text))
    return {**asdict(message), "error": said or None}


@routes.get("/leads/{lead_id}/messages", response_model=shapes.History[shapes.Message])
def read_all(
    request: Request, lead_id: int, cursor: Before = None, limit: Limit = 50
) -> Response:
    """The mails of a lead, newest first."""
    with work(request) as uow:
        lead = get_lead(uow, lead_id)
        found = messages_of(uow, lead, before=cursor, limit=limit + 1)
        items = [message_json(request, uow, one) for one in found[:limit]]
        more = len(found) > limit
        last = items[-1]["id"] if more else None
        return json_answer({"items": items, "next_cursor": last, "has_more": more})


@routes.post(
    "/leads/{lead_id}/messages", status_code=201, response_model=shapes.Message
)
def write(request: Request, lead_id: int, draft: MessageDraft) -> Response:
    """A mail to the lead's address, or to those of `to`; it goes out in ten seconds.

    Cancelling it, or undoing the change, holds it back until then.
    """
    with work(request) as uow:
        message = write_message(uow, get_lead(uow, lead_id), draft)
        shown = message_json(request, uow, show_message(uow, message))
        return json_answer(shown, status=201)


@routes.get("/messages/{message_id}", response_model=shapes.Message)
def read(request: Request, message_id: int) -> Response:
    """One mail."""
    with work(request) as uow:
        message = get_message(uow, message_id)
        return json_answer(message_json(request, uow, show_message(uow, message)))


@routes.post("/messages/{message_id}/cancel", response_model=shapes.Message)
def cancel(request: Request, message_id: int) -> Response:
    """Hold a mail back that waits to be sent."""
    with work(request) as uow:
        message = get_message(uow, message_id)
        cancel_message(uow, get_lead(uow, message.record_id), message)
        return json_answer(message_json(request, uow, show_message(uow, message)))


@routes.post("/settings/mail/test", status_code=202, response_model=shapes.StartedJob)
def try_server(request: Request) -> Response:
    """Send a mail to yourself; the job tells whether it went, and why not."""
    with work(request) as uow:
        uow.require(Role.ADMIN)
        return json_answer({"job_id": uow.enqueue("send_trial_mail")}, status=202)
