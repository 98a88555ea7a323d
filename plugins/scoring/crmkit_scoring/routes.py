"""The page of the model: choices, training, and how well it foretold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crmkit.core import edit_lead, get_contact, get_lead
from crmkit.web import needs, page, sentence, work
from crmkit_scoring.config import TRAIN, WrongChoiceError, choose, parse_choices
from crmkit_scoring.describing import can_learn, describe_model, describe_training
from crmkit_scoring.learned.training import LEARN
from crmkit_scoring.opting_out import set_opt_out
from crmkit_scoring.panels import label_of
from crmkit_scoring.variables import LABELS

if TYPE_CHECKING:
    from crmkit.core import UnitOfWork

routes = APIRouter()
MODEL = "/p/scoring/model"
Text = Annotated[str, Form()]


@routes.get("/model")
@needs(TRAIN)
def show_model(request: Request, job: int | None = None) -> Response:
    """Which model answers, and its back-test; with `job` how far the learning is."""
    with work(request) as uow:
        return _page(request, uow, job=job)


def _page(
    request: Request,
    uow: UnitOfWork,
    typed: dict[str, object] | None = None,
    error: str = "",
    job: int | None = None,
) -> Response:
    said = describe_model(uow)
    card = (said["trained"] or {}).get("card", {})
    return page(
        request,
        uow,
        "scoring/model.html",
        422 if error else 200,
        model=said,
        typed=typed or said,
        error=error,
        labels=LABELS,
        labels_of={name: label_of(uow, name) for name in card.get("weights", ())},
        can_learn=can_learn(),
        job=describe_training(uow, job, lambda text: sentence(request, uow, text)),
    )


@routes.post("/model")
@needs(TRAIN)
def change_model(
    request: Request,
    choice: Text,
    since: Text = "",
    variables: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Choose which model answers, what is counted, and since when."""
    typed: dict[str, object] = {
        "choice": choice,
        "since": since.strip() or None,
        "variables": variables or [],
    }
    with work(request) as uow:
        try:
            draft = parse_choices(typed)
        except WrongChoiceError as error:
            said = error.text(lambda text: sentence(request, uow, text, "scoring"))
            return _page(request, uow, typed, said)
        choose(uow, draft)
        return RedirectResponse(MODEL, status_code=303)


@routes.post("/train")
@needs(TRAIN)
def train(request: Request) -> Response:
    """Learn anew; the page tells how far it is."""
    with work(request) as uow:
        job_id = uow.enqueue(LEARN, key="all")
        return RedirectResponse(f"{MODEL}?job={job_id}", status_code=303)


@routes.post("/leads/{lead_id}/automatic")
def give_back(request: Request, lead_id: int) -> Response:
    """Take back a probability that was set by hand."""
    with work(request) as uow:
        edit_lead(uow, get_lead(uow, lead_id), {"probability": None})
        return RedirectResponse(f"/leads/{lead_id}", status_code=303)


@routes.post("/contacts/{contact_id}/profiling")
def set_profiling(request: Request, contact_id: int, is_profiled: Text) -> Response:
    """Profile a contact no more, or again."""
    with work(request) as uow:
        contact = get_contact(uow, contact_id)
        set_opt_out(uow, contact, is_out=is_profiled != "yes")
        return RedirectResponse(f"/contacts/{contact_id}", status_code=303)
