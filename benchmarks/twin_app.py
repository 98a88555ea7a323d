"""The smallest application that creates leads as crmkit's API does, without crmkit."""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal
from hashlib import sha256
from threading import local
from typing import TYPE_CHECKING, cast

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.twins.driver import Driver
from benchmarks.twins.opening import open_by_token
from benchmarks.twins.writing import create_lead, describe_lead

if TYPE_CHECKING:
    from starlette.requests import Request

_kept = local()


def _driver() -> Driver:
    """The connection of this thread."""
    if not hasattr(_kept, "driver"):
        _kept.driver = Driver(os.environ["CRMKIT_DATABASE_URL"])
    return cast("Driver", _kept.driver)


def _create(token: str, body: bytes) -> Response:
    driver, given = _driver(), orjson.loads(body)
    if not isinstance(given.get("name"), str) or not given["name"].strip():
        return Response(status_code=422)
    given["expected_revenue"] = Decimal(given["expected_revenue"])
    given["expected_close"] = date.fromisoformat(given["expected_close"])
    sent = driver.sent
    with driver.unit(writes=True):
        actor = open_by_token(driver, sha256(token.encode()).hexdigest())
        lead = describe_lead(driver, create_lead(driver, actor.id, given))
        answer = orjson.dumps(lead, option=orjson.OPT_UTC_Z)
    headers = {"etag": f'"{lead["version"]}"', "x-sent": str(driver.sent - sent)}
    return Response(answer, 201, headers, "application/json")


async def create(request: Request) -> Response:
    """A new lead."""
    token = request.headers["authorization"].removeprefix("Bearer ")
    body = await request.body()
    return await run_in_threadpool(_create, token, body)


def create_app() -> Starlette:
    """The application of the database that CRMKIT_DATABASE_URL names."""
    return Starlette(routes=[Route("/api/v1/leads", create, methods=["POST"])])
