"""The board as it is looked at: team, filter, order, what makes its columns, cards."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import Field

from crmkit.core import (
    BoardOrder,
    BoardQuery,
    board_fields,
    criterion_of,
    get_team,
    list_teams,
    newest_token,
    pipeline,
    pipeline_by,
)
from crmkit.web.addresses import build_address, list_conditions
from crmkit.web.answers import sentence, templates_of
from crmkit.web.pages.blanks import Blank
from crmkit.web.pages.conditions import CONDITIONS, keep
from crmkit.web.pages.filter_rows import label_of
from crmkit.web.pages.group_names import name_group
from crmkit.web.pages.listed import (
    ListAsked,
    ListKind,
    ListState,
    columns_of,
    offered_columns,
    offered_groups,
    views_context,
)
from crmkit.web.pages.texts import texts_of_cards
from crmkit.web.pages.values import Writer
from crmkit.web.slots import badges_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from crmkit.core import Card, Column, Pipeline, UnitOfWork
    from crmkit.web.pages.listed import ListViews, ShownColumn

BOARD = ListKind("lead", "/pipeline", (), BoardOrder.URGENCY.value, layout="board")
MOST_FIELDS = 6
CARDS = 30
# What every card shows.
_ON_CARD = frozenset(
    (
        "name company_name contact_name expected_revenue currency expected_close "
        "probability priority tags owner next_activity_at is_rotting"
    ).split()
)


class BoardAsked(ListAsked):
    """What the address of a board says.

    `stage` is the anchor of the column that a phone shows, `fold` those of columns
    that are folded, `cards` how many cards each shows at most at first.
    """

    team_id: Blank = None
    stage: str = Field("", max_length=24)
    fold: str = Field("", max_length=600)
    cards: int = Field(CARDS, ge=CARDS, le=300)


class ShownBoard:
    """The board as it is shown to the actor."""

    def __init__(
        self, request: Request, uow: UnitOfWork, asked: BoardAsked, state: ListState
    ) -> None:
        self.request = request
        self.uow = uow
        self.place = asked
        self.state = replace(state, columns=_beside(state.columns))
        self.folded = tuple(part for part in asked.fold.split(",") if part)
        formats = templates_of(request).formats(uow.actor.locale)
        self.writer = Writer(formats, self.say)

    @classmethod
    def asked(cls, request: Request, uow: UnitOfWork, asked: BoardAsked) -> ShownBoard:
        """The board that the address says in full."""
        return cls(request, uow, asked, ListState.asked(BOARD, asked))

    def say(self, text: str) -> str:
        """`text` in the actor's language."""
        return sentence(self.request, self.uow, text)

    @property
    def order(self) -> BoardOrder:
        """What comes first; an order of lists is none of boards."""
        known = self.state.order in set(BoardOrder)
        return BoardOrder(self.state.order) if known else BoardOrder.URGENCY

    @property
    def query(self) -> BoardQuery:
        """The question for the core."""
        criterion = criterion_of(self.uow, "lead", self.state.filter, self.state.q)
        return BoardQuery(self.place.team_id, criterion, order=self.order)

    @property
    def kept(self) -> dict[str, str]:
        """The board as its address keeps it."""
        own = keep(team_id=self.place.team_id, fold=",".join(self.folded))
        return {**self.state.query, **own}

    def is_folded(self, column: Column) -> bool:
        """Whether a column shows its head alone."""
        return column.is_folded or column.anchor in self.folded

    def _ask(self, query: BoardQuery, only: str = "") -> Pipeline:
        if not self.state.group:
            return pipeline(self.uow, query)
        board = pipeline_by(self.uow, query, self.state.group, only)
        named = [
            replace(column, name=name_group(self.uow, column.group, self.writer))
            for column in board.columns
            if column.group is not None
        ]
        return replace(board, columns=tuple(named))

    def heads(self) -> Pipeline:
        """The columns without their cards."""
        return self._ask(replace(self.query, limit=0))

    def column(self, anchor: str, offset: int) -> Pipeline:
        """One column alone, its cards from a place on."""
        query = replace(self.query, offset=offset)
        if not self.state.group and anchor.isascii() and anchor.isdigit():
            query = replace(query, stage_id=int(anchor))
        board = self._ask(query, anchor)
        found = [column for column in board.columns if column.anchor == anchor]
        return replace(board, columns=tuple(found))

    def parts(
        self, board: Pipeline, column: str = "", card: Card | None = None
    ) -> dict[str, object]:
        """What every part of the board is shown with.

        `column` is the one that a phone shows, `card` one beside those of the board.
        """
        anchors = [one.anchor for one in board.columns]
        first = anchors[0] if anchors else ""
        cards = [one for each in board.columns for one in each.cards]
        cards += [card] if card else []
        beside = self._fields()
        return {
            "pipeline": board,
            "state": self.state,
            "order": self.order.value,
            "filter": self.state.filter,
            "q": self.state.q,
            "query": self.kept,
            "conditions": CONDITIONS,
            "shown_column": column if column in anchors else first,
            "folded": self.folded,
            "fold_links": {anchor: self._fold_link(anchor) for anchor in anchors},
            "badges": badges_of(self.request, self.uow, cards),
            "beside": beside,
            "texts": texts_of_cards(self.uow, self.writer, beside, cards),
        }

    def _fold_link(self, anchor: str) -> str:
        """The address at which the column is folded, or unfolded."""
        left = [one for one in self.folded if one != anchor]
        if anchor not in self.folded:
            left.append(anchor)
        return build_address("/pipeline", self.kept, fold=",".join(left))

    def _fields(self) -> tuple[ShownColumn, ...]:
        if not self.state.columns:
            return ()
        return columns_of(self.request, self.uow, self.state)

    def whole(self, views: ListViews) -> Mapping[str, object]:
        """All that the page wants."""
        request, uow, state, place = self.request, self.uow, self.state, self.place
        board = self._ask(replace(self.query, limit=place.cards))
        team = None if place.team_id is None else get_team(uow, place.team_id)
        is_empty = not any(column.count for column in board.columns)
        offered = offered_columns(request, uow, state)
        groups = set(board_fields(uow))
        return {
            **self.parts(board, place.stage),
            **views_context(uow, views),
            "teams": list_teams(uow),
            "team": team,
            "is_blank": is_empty and not (state.filter or state.q or team),
            "offered": [one for one in offered if one[0] not in _ON_CARD],
            "group_choices": [
                one for one in offered_groups(request, uow, state) if one[0] in groups
            ],
            "labels": {
                part: label_of(uow, "lead", part, self.say)
                for part in list_conditions(state.filter)
            },
            "actions": (),
            "seen": newest_token(uow),
        }


def _beside(names: tuple[str, ...]) -> tuple[str, ...]:
    """The fields that cards show beside the usual ones."""
    return tuple(name for name in names if name not in _ON_CARD)[:MOST_FIELDS]
