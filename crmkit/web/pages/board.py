"""The board."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    BoardOrder,
    BoardQuery,
    Card,
    CrmError,
    NotFoundError,
    Pipeline,
    UnitOfWork,
    board_card,
    criterion_of,
    get_lead,
    get_stage,
    get_team,
    list_teams,
    mark,
    move_lead,
    pipeline,
    place_near,
)
from crmkit.web.answers import changed, page, sentence
from crmkit.web.pages.blanks import Blank
from crmkit.web.pages.conditions import CONDITIONS, keep
from crmkit.web.pages.start import Start
from crmkit.web.slots import badges_of
from crmkit.web.work import work

routes = APIRouter(include_in_schema=False)

MOVED = mark("{lead} moved to {stage}")


class Place(BaseModel):
    """Which board: of a team, narrowed by a filter and words, its cards in order."""

    team_id: Blank = None
    filter: str = ""
    q: str = ""
    order: BoardOrder = BoardOrder.URGENCY

    def query(self, uow: UnitOfWork) -> BoardQuery:
        """The question for the core."""
        criterion = criterion_of(uow, "lead", self.filter, self.q)
        return BoardQuery(team_id=self.team_id, criterion=criterion, order=self.order)

    def shown(self, board: Pipeline, stage_id: int | None) -> dict[str, object]:
        """What every part of the board is shown with."""
        first = board.columns[0].stage_id if board.columns else 0
        order = "" if self.order is BoardOrder.URGENCY else self.order.value
        return {
            "order": self.order.value,
            "filter": self.filter,
            "q": self.q,
            "query": keep(
                team_id=self.team_id, filter=self.filter, q=self.q, order=order
            ),
            "conditions": CONDITIONS,
            "shown_stage_id": stage_id or first,
        }


class BoardPlace(Place):
    """A board, and the stage that a phone shows."""

    stage: Blank = None


class ColumnPlace(Place):
    """A board, and the card of a column to go on from."""

    offset: int = Field(default=0, ge=0, le=100_000)


@routes.get("/pipeline")
def show_board(request: Request, place: Annotated[BoardPlace, Query()]) -> Response:
    """The board of a team or of all."""
    with work(request) as uow:
        team = None if place.team_id is None else get_team(uow, place.team_id)
        board = pipeline(uow, place.query(uow))
        is_empty = not any(column.count for column in board.columns)
        return page(
            request,
            uow,
            "pipeline/board.html",
            here="pipeline",
            pipeline=board,
            teams=list_teams(uow),
            team=team,
            is_blank=is_empty and not (place.filter or place.q or team),
            badges=badges_of(request, uow, _cards(board)),
            start=Start(request, uow),
            **place.shown(board, place.stage),
        )


@routes.get("/pipeline/columns/{stage_id}")
def show_more(
    request: Request, stage_id: int, place: Annotated[ColumnPlace, Query()]
) -> Response:
    """The next cards of a column."""
    with work(request) as uow:
        query = replace(place.query(uow), stage_id=stage_id, offset=place.offset)
        board = pipeline(uow, query)
        if not board.columns:
            raise NotFoundError("stage", stage_id)
        return page(
            request,
            uow,
            "pipeline/_more.html",
            column=board.columns[0],
            badges=badges_of(request, uow, _cards(board)),
            pipeline=board,
            offset=place.offset,
            **place.shown(board, stage_id),
        )


def _cards(board: Pipeline) -> list[Card]:
    return [card for column in board.columns for card in column.cards]


class SamePlaceError(CrmError):
    """A card was dropped into the column that it came from."""

    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(
            mark(
                "The board orders these cards. Choose “By hand” to place them yourself."
            )
        )


class MoveForm(Place):
    """A card that was dropped, and the board that it was dropped on."""

    stage_id: int
    version: int | None = None
    view: str = ""
    before: Blank = None
    after: Blank = None


@routes.post("/leads/{lead_id}/move")
def move(request: Request, lead_id: int, form: Annotated[MoveForm, Form()]) -> Response:
    """Put a lead into another stage, and answer what changed on the board."""
    with work(request) as uow:
        lead, stage = get_lead(uow, lead_id), get_stage(uow, form.stage_id)
        if lead.stage_id == stage.id and form.order is not BoardOrder.MANUAL:
            raise SamePlaceError
        move_lead(uow, lead, stage, form.version)
        if form.order is BoardOrder.MANUAL:
            place_near(uow, lead, before=form.before, after=form.after)
        text = sentence(request, uow, MOVED).format(lead=lead.name, stage=stage.name)
        if form.view != "board":
            return changed(request, uow, text)
        query = replace(form.query(uow), limit=0)
        board = pipeline(uow, query)
        card = None if stage.is_folded else board_card(uow, query, lead_id)
        return page(
            request,
            uow,
            "pipeline/_moved.html",
            pipeline=board,
            lead_id=lead_id,
            card=card,
            badges=badges_of(request, uow, [card] if card else []),
            sentence=text,
            change_id=uow.change_id,
            **form.shown(board, stage.id),
        )
