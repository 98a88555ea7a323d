"""Whether the process lives, and whether it can serve."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response

from crmkit.web.answers import json_answer
from crmkit.web.api import shapes
from crmkit.web.work import crm_of

routes = APIRouter(tags=["health"])


@routes.get("/healthz", response_model=shapes.Health)
def answer_health() -> Response:
    """The process lives."""
    return json_answer({"status": "ok"})


@routes.get("/readyz", response_model=shapes.Health)
def answer_readiness(request: Request) -> Response:
    """The database answers: 200, else 503."""
    try:
        with crm_of(request).read() as uow:
            uow.session.execute(select(1))
    except SQLAlchemyError:
        return json_answer({"status": "no database"}, status=503)
    return json_answer({"status": "ok"})
