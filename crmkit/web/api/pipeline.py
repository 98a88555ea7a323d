"""The board, for scripts."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    FIRST_DAY,
    LAST_DAY,
    BoardQuery,
    criterion_of,
    get_team,
    pipeline,
    start_of_day,
)
from crmkit.web.answers import json_answer
from crmkit.web.work import work

routes = APIRouter(tags=["pipeline"])


@routes.get("/pipeline")
def read_board(
    request: Request,
    team_id: Annotated[int | None, Query()] = None,
    filter: Annotated[str, Query()] = "",  # noqa: A002  (the contract's name)
    won_since: Annotated[date | None, Query(ge=FIRST_DAY, le=LAST_DAY)] = None,
    cards: Annotated[int, Query(ge=0, le=500)] = 30,
) -> Response:
    """The stages with counts and sums over the whole filter, and their first cards."""
    with work(request) as uow:
        if team_id is not None:
            get_team(uow, team_id)
        since = None
        if won_since is not None:
            since = start_of_day(won_since, uow.settings.zone)
        board = pipeline(
            uow,
            BoardQuery(
                team_id=team_id,
                criterion=criterion_of(uow, "lead", filter, ""),
                won_since=since,
                limit=cards,
            ),
        )
        columns = [asdict(column) for column in board.columns]
        return json_answer({"columns": columns, "base_currency": board.base_currency})
