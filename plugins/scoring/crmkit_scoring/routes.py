"""The page of the model: choices, training, and how well it foretold."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crmkit.core import edit_lead, get_lead
from crmkit.web import needs, page, work
from crmkit_scoring.config import choose, parse_choices
from crmkit_scoring.describing import describe_model
from crmkit_scoring.json_routes import TRAIN
from crmkit_scoring.learned.training import LEARN
from crmkit_scoring.variables import LABELS

routes = APIRouter()
MODEL = "/p/scoring/model"


@routes.get("/model")
@needs(TRAIN)
def show_model(request: Request) -> Response:
    """Which model answers, and its back-test."""
    with work(request) as uow:
        said = describe_model(uow)
        labels = LABELS
        return page(request, uow, "scoring/model.html", model=said, labels=labels)


@routes.post("/model")
@needs(TRAIN)
def change_model(request: Request, choice: Annotated[str, Form()]) -> Response:
    """Choose which model answers."""
    draft = parse_choices({"choice": choice})
    with work(request) as uow:
        choose(uow, draft)
        return RedirectResponse(MODEL, status_code=303)


@routes.post("/train")
@needs(TRAIN)
def train(request: Request) -> Response:
    """Learn anew; the page of the job tells how far it is."""
    with work(request) as uow:
        job_id = uow.enqueue(LEARN, key="all")
        return RedirectResponse(f"/jobs/{job_id}", status_code=303)


@routes.post("/leads/{lead_id}/automatic")
def give_back(request: Request, lead_id: int) -> Response:
    """Take back a probability that was set by hand."""
    with work(request) as uow:
        edit_lead(uow, get_lead(uow, lead_id), {"probability": None})
        return RedirectResponse(f"/leads/{lead_id}", status_code=303)
