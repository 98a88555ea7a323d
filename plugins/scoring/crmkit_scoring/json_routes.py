"""The model and what it says, for scripts, below /api/v1/p/scoring."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import Role, edit_lead, get_contact, get_lead
from crmkit.web import json_answer, needs, work
from crmkit_scoring.config import TRAIN, choose, parse_choices
from crmkit_scoring.describing import describe_lead, describe_model
from crmkit_scoring.learned.training import LEARN
from crmkit_scoring.opting_out import is_opted_out, set_opt_out

routes = APIRouter(tags=["scoring"])

Given = Annotated[dict[str, Any], Body()]


@routes.get("/model")
def show_model(request: Request) -> Response:
    """Which model answers, by which choices, and what it stands on."""
    with work(request) as uow:
        return json_answer(describe_model(uow))


@routes.patch("/model")
@needs(TRAIN)
def change_model(request: Request, given: Given) -> Response:
    """Choose the model (`choice`), the `variables`, and `since` when leads count."""
    draft = parse_choices(given)
    with work(request) as uow:
        choose(uow, draft)
        return json_answer(describe_model(uow))


@routes.post("/train")
@needs(TRAIN)
def train(request: Request) -> Response:
    """Learn, count and score anew, in a job whose `job_id` is answered."""
    with work(request) as uow:
        return json_answer({"job_id": uow.enqueue(LEARN, key="all")}, status=202)


@routes.get("/report")
def show_report(request: Request) -> Response:
    """The back-test: how well each model foretold the newest leads, and where."""
    with work(request) as uow:
        uow.require(Role.TEAM)
        return json_answer(describe_model(uow)["trained"] or {"card": None})


@routes.get("/leads/{lead_id}")
def show_lead(request: Request, lead_id: int) -> Response:
    """The probability of a lead with the reasons for it."""
    with work(request) as uow:
        return json_answer(describe_lead(uow, get_lead(uow, lead_id)))


@routes.post("/leads/{lead_id}/automatic")
def give_back(request: Request, lead_id: int) -> Response:
    """Take back a probability that was set by hand."""
    with work(request) as uow:
        lead = get_lead(uow, lead_id)
        edit_lead(uow, lead, {"probability": None})
        return json_answer(describe_lead(uow, lead))


@routes.get("/opt-outs/{contact_id}")
def show_opt_out(request: Request, contact_id: int) -> Response:
    """Whether a contact is not profiled."""
    with work(request) as uow:
        contact = get_contact(uow, contact_id)
        return json_answer({"is_opted_out": is_opted_out(uow, contact)})


@routes.post("/opt-outs/{contact_id}")
def opt_out(request: Request, contact_id: int) -> Response:
    """Profile a contact no more."""
    with work(request) as uow:
        set_opt_out(uow, get_contact(uow, contact_id), is_out=True)
        return json_answer({"is_opted_out": True})


@routes.delete("/opt-outs/{contact_id}")
def opt_in(request: Request, contact_id: int) -> Response:
    """Profile a contact again."""
    with work(request) as uow:
        set_opt_out(uow, get_contact(uow, contact_id), is_out=False)
        return json_answer({"is_opted_out": False})
