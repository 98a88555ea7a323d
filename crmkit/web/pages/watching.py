"""Pages that see what others do: they ask every few seconds whether something was."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import newest_token
from crmkit.web.answers import json_answer
from crmkit.web.work import work

routes = APIRouter(include_in_schema=False)


@routes.get("/watch")
def watch(
    request: Request, seen: Annotated[str, Query(max_length=40)] = ""
) -> Response:
    """204 while nothing was done since a page was made, else what is to be seen now."""
    with work(request) as uow:
        now = newest_token(uow)
        if now == seen:
            return Response(status_code=HTTPStatus.NO_CONTENT)
        return json_answer({"seen": now})
