"""Timelines, notes and events, for scripts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    Moment,
    NoteDraft,
    UnitOfWork,
    get_lead,
    read_events,
    timeline_of,
    write_note,
)
from crmkit.web.answers import json_answer
from crmkit.web.api import shapes
from crmkit.web.api.messages import message_json
from crmkit.web.work import work

routes = APIRouter(tags=["timeline"])

Kind = Annotated[str | None, Query(max_length=48)]
Before = Annotated[int | None, Query(alias="cursor", ge=1)]
Limit = Annotated[int, Query(ge=1, le=200)]


def _page(items: list[dict[str, Any]], limit: int) -> Response:
    shown = items[:limit]
    more = len(items) > limit
    return json_answer(
        {
            "items": shown,
            "next_cursor": shown[-1]["id"] if more else None,
            "has_more": more,
        }
    )


def _moment(request: Request, uow: UnitOfWork, moment: Moment) -> dict[str, Any]:
    mail = moment.message
    return {
        "id": moment.id,
        "at": moment.at,
        "kind": moment.kind,
        "actor_id": moment.actor_id,
        "actor_name": moment.actor_name,
        "change_id": moment.change_id,
        "values": moment.values,
        "text": moment.text,
        "message": mail and message_json(request, uow, mail),
    }


@routes.get("/leads/{lead_id}/timeline", response_model=shapes.History[shapes.Moment])
def read_timeline(
    request: Request,
    lead_id: int,
    kind: Kind = None,
    cursor: Before = None,
    limit: Limit = 50,
) -> Response:
    """What happened to a lead, newest first."""
    with work(request) as uow:
        lead = get_lead(uow, lead_id)
        moments = timeline_of(uow, lead, kind=kind, before=cursor, limit=limit + 1)
        return _page([_moment(request, uow, moment) for moment in moments], limit)


@routes.post("/leads/{lead_id}/notes", status_code=201, response_model=shapes.Note)
def note(request: Request, lead_id: int, draft: NoteDraft) -> Response:
    """A new note on a lead; `@name` in it tells that person, if he sees the lead."""
    with work(request) as uow:
        entry, mentions = write_note(uow, get_lead(uow, lead_id), draft)
        answer = {"id": entry.id, "text": entry.text, "created_at": entry.created_at}
        told = [asdict(mention) for mention in mentions]
        about = {"author_id": entry.author_id, "mentions": told}
        return json_answer({**answer, **about}, status=201)


@routes.get("/events", response_model=shapes.History[shapes.Event])
def read_history(
    request: Request,
    lead_id: Annotated[int | None, Query()] = None,
    kind: Kind = None,
    cursor: Before = None,
    limit: Limit = 50,
) -> Response:
    """Events of the leads that the actor may see, newest first."""
    with work(request) as uow:
        if lead_id is not None:
            get_lead(uow, lead_id)
        events = read_events(
            uow, lead_id=lead_id, kind=kind, before=cursor, limit=limit + 1
        )
        return _page(events, limit)
