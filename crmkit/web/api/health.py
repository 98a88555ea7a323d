"""Whether the process lives, and whether it can serve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import workers_seen
from crmkit.web.answers import json_answer
from crmkit.web.api import shapes
from crmkit.web.work import crm_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmkit.app import Crm

routes = APIRouter(tags=["health"])

_OK, _FAILED = "ok", "failed"
_UNAVAILABLE = 503


@routes.get("/healthz", response_model=shapes.Health)
def answer_health() -> Response:
    """The process lives."""
    return json_answer({"status": _OK})


@routes.get(
    "/readyz",
    response_model=shapes.Readiness,
    responses={_UNAVAILABLE: {"model": shapes.Readiness}},
)
def answer_readiness(request: Request) -> Response:
    """The database answers, is migrated, and no worker fell silent: 200, else 503.

    `checks` tells of each how it stands. Without any worker, `workers` is `none`: the
    pages are served, jobs wait. Where those that there were died it is `failed`.
    """
    checks = _check(crm_of(request))
    is_ready = _FAILED not in checks.values()
    answer = {"status": _OK if is_ready else _FAILED, "checks": checks}
    return json_answer(answer, status=200 if is_ready else _UNAVAILABLE)


def _check(crm: Crm) -> dict[str, str]:
    """How each check stands; after one that failed the others are not known."""
    steps: dict[str, Callable[[Crm], str]] = {
        "database": _database,
        "migrations": _migrations,
        "workers": _workers,
    }
    checks = dict.fromkeys(steps, "unknown")
    for name, step in steps.items():
        try:
            checks[name] = step(crm)
        except SQLAlchemyError:
            checks[name] = _FAILED
        if checks[name] == _FAILED:
            break
    return checks


def _database(crm: Crm) -> str:
    with crm.engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    return _OK


def _migrations(crm: Crm) -> str:
    return _FAILED if crm.is_pending() else _OK


def _workers(crm: Crm) -> str:
    with crm.read() as uow:
        seen = workers_seen(uow)
    if seen.are_silent:
        return _FAILED
    return _OK if seen.alive else "none"
