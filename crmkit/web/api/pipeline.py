"""The board, for scripts: as it is, and as it was."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    FIRST_DAY,
    LAST_DAY,
    BoardOrder,
    BoardQuery,
    Day,
    Difference,
    UnitOfWork,
    as_of,
    changes_between,
    criterion_of,
    get_team,
    pipeline,
    pipeline_by,
    read_moment,
    start_of_day,
)
from crmkit.web.answers import json_answer
from crmkit.web.api import shapes
from crmkit.web.work import work

routes = APIRouter(tags=["pipeline"])

MONTH = timedelta(days=30)


class Narrowed(BaseModel):
    """Which leads of the pipeline: of a team, those that a filter finds."""

    team_id: int | None = None
    filter: str = Field(default="", description="A filter, like `probability >= 50`.")

    def query(self, uow: UnitOfWork) -> BoardQuery:
        """The question for the core."""
        if self.team_id is not None:
            get_team(uow, self.team_id)
        criterion = criterion_of(uow, "lead", self.filter, "")
        return BoardQuery(team_id=self.team_id, criterion=criterion)


class BoardAsked(Narrowed):
    """A board: since when won leads count, how many cards, and as of when."""

    won_since: Day | None = Field(default=None, ge=FIRST_DAY, le=LAST_DAY)
    cards: int = Field(default=30, ge=0, le=500)
    order: BoardOrder = Field(
        default=BoardOrder.URGENCY, description="Which cards come first; today's alone."
    )
    group: str = Field(
        default="", description="Columns by this field, like `owner`; today's alone."
    )
    as_of: str = Field(default="", description="A past day (its end), or a moment.")


@routes.get("/pipeline", response_model=shapes.Board)
def read_board(request: Request, asked: Annotated[BoardAsked, Query()]) -> Response:
    """The stages with counts and sums over the whole filter, and their first cards."""
    with work(request) as uow:
        since = None
        if asked.won_since is not None:
            since = start_of_day(asked.won_since, uow.settings.zone)
        query = replace(asked.query(uow), won_since=since, limit=asked.cards)
        query = replace(query, order=asked.order)
        then = read_moment(uow, asked.as_of) if asked.as_of else None
        if then is not None:
            board = as_of(uow, then, query)
        elif asked.group:
            board = pipeline_by(uow, query, asked.group)
        else:
            board = pipeline(uow, query)
        return json_answer(
            {
                "columns": board.columns,
                "base_currency": board.base_currency,
                "as_of": then,
            }
        )


class ChangesAsked(Narrowed):
    """From when to when, of which kind, and how many leads."""

    model_config = ConfigDict(populate_by_name=True)

    start: str = Field(
        default="",
        alias="from",
        description="A past day (its end), or a moment; without it a month before.",
    )
    end: str = Field(default="", alias="to", description="The same; without it now.")
    kind: Difference | None = Field(default=None, description="Leads of this alone.")
    limit: int = Field(default=50, ge=0, le=500)


@routes.get("/pipeline/changes", response_model=shapes.PipelineChanges)
def read_changes(request: Request, asked: Annotated[ChangesAsked, Query()]) -> Response:
    """What entered, left, was won, lost, moved, grew and shrank between two moments.

    `leads` names the largest of them.
    """
    with work(request) as uow:
        end = read_moment(uow, asked.end, "to") if asked.end else uow.now()
        start = end - MONTH
        if asked.start:
            start = read_moment(uow, asked.start, "from")
        query = replace(asked.query(uow), limit=asked.limit)
        found = asdict(changes_between(uow, start, end, query, asked.kind))
        flows = found.pop("flows")
        return json_answer(
            {"from": found.pop("start"), "to": found.pop("end")} | found | flows
        )
