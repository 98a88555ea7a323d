"""The board."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from crmkit.core import (
    BoardOrder,
    CrmError,
    Lead,
    NotFoundError,
    UnitOfWork,
    board_card,
    get_lead,
    get_stage,
    get_team,
    mark,
    move_lead,
    place_near,
    regroup_lead,
)
from crmkit.web.answers import changed, page, sentence
from crmkit.web.pages.blanks import Blank
from crmkit.web.pages.listed import ListViews
from crmkit.web.pages.shown_board import BOARD, BoardAsked, ShownBoard
from crmkit.web.pages.start import Start
from crmkit.web.pages.typed import read_whole
from crmkit.web.work import work

routes = APIRouter(include_in_schema=False)

MOVED = mark("{lead} moved to {stage}")


class ColumnAsked(BoardAsked):
    """A board, and the card of a column to go on from."""

    offset: int = Field(default=0, ge=0, le=100_000)


@routes.get("/pipeline")
def show_board(request: Request, asked: Annotated[BoardAsked, Query()]) -> Response:
    """The board of a team or of all."""
    with work(request) as uow:
        if asked.team_id is not None:
            get_team(uow, asked.team_id)
        views = ListViews.of(request, uow, BOARD, asked)
        shown = ShownBoard(request, uow, asked, views.state)
        return page(
            request,
            uow,
            "pipeline/board.html",
            here="pipeline",
            start=Start(request, uow),
            **shown.whole(views),
        )


@routes.get("/pipeline/columns/{column}")
def show_more(
    request: Request, column: str, asked: Annotated[ColumnAsked, Query()]
) -> Response:
    """The next cards of a column, that goes by its anchor."""
    with work(request) as uow:
        shown = ShownBoard.asked(request, uow, asked)
        board = shown.column(column, asked.offset)
        if not board.columns:
            raise NotFoundError("stage", 0)
        return page(
            request,
            uow,
            "pipeline/_more.html",
            column=board.columns[0],
            offset=asked.offset,
            **shown.parts(board, column),
        )


class SamePlaceError(CrmError):
    """A card was dropped into the column that it came from."""

    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(
            mark(
                "The board orders these cards. Choose “By hand” to place them yourself."
            )
        )


class MoveForm(BoardAsked):
    """A card that was dropped into a column, and the board that it was dropped on.

    `to` is the key of the column; a lead's page says `stage_id`.
    """

    to: str = ""
    stage_id: Blank = None
    version: int | None = None
    layout: str = ""
    before: Blank = None
    after: Blank = None


@routes.post("/leads/{lead_id}/move")
def move(request: Request, lead_id: int, form: Annotated[MoveForm, Form()]) -> Response:
    """Put a lead into another column, and answer what changed on the board."""
    with work(request) as uow:
        lead = get_lead(uow, lead_id)
        shown = ShownBoard.asked(request, uow, form)
        if shown.state.group:
            regroup_lead(uow, lead, shown.state.group, form.to, form.version)
        else:
            _move(uow, lead, form, shown.order)
        if form.layout != "board":
            name = get_stage(uow, lead.stage_id).name
            return changed(request, uow, _said(request, uow, lead, name))
        return _moved(shown, lead, form.to if shown.state.group else str(lead.stage_id))


def _move(uow: UnitOfWork, lead: Lead, form: MoveForm, order: BoardOrder) -> None:
    number = form.stage_id if form.stage_id is not None else read_whole(form.to)
    stage = get_stage(uow, number if isinstance(number, int) else 0)
    if lead.stage_id == stage.id and order is not BoardOrder.MANUAL:
        raise SamePlaceError
    move_lead(uow, lead, stage, form.version)
    if order is BoardOrder.MANUAL:
        place_near(uow, lead, before=form.before, after=form.after)


def _said(request: Request, uow: UnitOfWork, lead: Lead, name: str) -> str:
    return sentence(request, uow, MOVED).format(lead=lead.name, stage=name)


def _moved(shown: ShownBoard, lead: Lead, to: str) -> Response:
    """The heads of the columns, and the card where it lies now."""
    request, uow = shown.request, shown.uow
    board = shown.heads()
    column = next((one for one in board.columns if one.key == to), None)
    is_folded = column is not None and shown.is_folded(column)
    card = None if is_folded else board_card(uow, shown.query, lead.id)
    return page(
        request,
        uow,
        "pipeline/_moved.html",
        **shown.parts(board, column.anchor if column else "", card),
        lead_id=lead.id,
        card=card,
        sentence=_said(request, uow, lead, column.name if column else ""),
        change_id=uow.change_id,
    )
