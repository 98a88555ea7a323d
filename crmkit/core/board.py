"""The board: stages as columns, with sums over the whole filter and the first cards."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zlib import crc32

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)

from crmkit.core.access import in_scope
from crmkit.core.board_order import BoardOrder, order_of
from crmkit.core.cards import Card, get_card, read_cards, select_cards
from crmkit.core.clock import start_of_day
from crmkit.core.leads.table import ON_BOARD, Lead
from crmkit.core.stages import Stage, is_stage_of
from crmkit.core.sums import NO_AMOUNT, Amount, Total, money_sums, read_sums

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from crmkit.core.grouping import GroupKey
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "BoardQuery",
    "Column",
    "Pipeline",
    "board_card",
    "pipeline",
]

CARDS = 30
_Part = tuple[ColumnElement[int], ColumnElement[bool], tuple[Any, ...]]
"""Rank, criterion and order of a part of a column."""
_Of = tuple["Column", ColumnElement[bool]]
"""A column and the criterion of what stands in it."""


@dataclass(frozen=True, slots=True)
class ActivityCounts:
    """How many leads wait for something late, due today, planned, or nothing."""

    late: int = 0
    today: int = 0
    planned: int = 0
    none: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """A stage with its counts and sums over the whole filter, and its first cards.

    Where another field makes the columns, `group` says its value and `stage_id` is 0.
    """

    stage_id: int
    name: str
    probability: Decimal
    is_won: bool
    is_folded: bool
    guidance: str
    rotting_days: int | None
    count: int = 0
    sum: Amount = NO_AMOUNT
    weighted_sum: Amount = NO_AMOUNT
    activity: ActivityCounts = ActivityCounts()
    cards: tuple[Card, ...] = ()
    has_more: bool = False
    group: GroupKey | None = None

    @property
    def key(self) -> str:
        """What stands in the column, as text: of a stage its id, else a value."""
        return str(self.stage_id) if self.group is None else self.group.text

    @property
    def anchor(self) -> str:
        """A plain word that tells the column from the others of its board."""
        if self.group is None:
            return str(self.stage_id)
        return f"g{crc32(self.group.text.encode()):08x}"


@dataclass(frozen=True, slots=True)
class BoardQuery:
    """Which leads and how many cards.

    `criterion` narrows the leads, `won_since` those of won stages to the ones closed
    since; `order` is that of the cards; `stage_id` asks for one column alone, from its
    card number `offset` on.
    """

    team_id: int | None = None
    criterion: ColumnElement[bool] = field(default_factory=true)
    won_since: datetime | None = None
    stage_id: int | None = None
    offset: int = 0
    limit: int = CARDS
    order: BoardOrder = BoardOrder.URGENCY


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The columns in their order; `total` sums what is open."""

    columns: tuple[Column, ...]
    base_currency: str

    @property
    def whole(self) -> Amount:
        """What all columns come to together, those of won leads too."""
        return sum((column.sum for column in self.columns), Amount())

    @property
    def total(self) -> Total:
        """What the columns of open leads come to together."""
        opened = [column for column in self.columns if not column.is_won]
        return Total(
            sum(column.count for column in opened),
            sum((column.sum for column in opened), Amount()),
            sum((column.weighted_sum for column in opened), Amount()),
        )


def pipeline(uow: UnitOfWork, query: BoardQuery) -> Pipeline:
    """The board of `query`, in two statements: sums, and cards."""
    columns = _sums(uow, query)
    return deal_cards(
        uow, query, [(column, Lead.stage_id == column.stage_id) for column in columns]
    )


def deal_cards(uow: UnitOfWork, query: BoardQuery, columns: Sequence[_Of]) -> Pipeline:
    """The board of these columns, each with the first cards of its criterion."""
    cards = _cards(uow, query, columns) if query.limit else {}
    dealt = []
    for place, (column, _) in enumerate(columns):
        own = cards.get(place, [])
        shown = own[query.offset : query.offset + query.limit]
        more = len(own) > query.offset + query.limit
        dealt.append(replace(column, cards=tuple(shown), has_more=more))
    return Pipeline(tuple(dealt), uow.settings.base_currency)


def board_card(uow: UnitOfWork, query: BoardQuery, lead_id: int) -> Card | None:
    """The card of a lead, if the board of `query` shows it."""
    return get_card(uow, lead_id, and_(board_criterion(uow, query), _since(query)))


def days_of(uow: UnitOfWork) -> tuple[datetime, datetime]:
    """When the actor's day begins and ends."""
    today, zone = uow.today(), uow.settings.zone
    return start_of_day(today, zone), start_of_day(today + timedelta(days=1), zone)


def board_criterion(uow: UnitOfWork, query: BoardQuery) -> ColumnElement[bool]:
    """The criterion of the leads that the board of `query` is of."""
    parts = [
        ON_BOARD,
        in_scope(uow, Lead.owner_id, Lead.team_id),
        query.criterion,
    ]
    if query.team_id is not None:
        parts.append(Lead.team_id == query.team_id)
    return and_(*parts)


def _since(query: BoardQuery) -> ColumnElement[bool]:
    if query.won_since is None:
        return true()
    return or_(Lead.closed_at.is_(None), Lead.closed_at >= query.won_since)


def activity_sums(uow: UnitOfWork) -> list[ColumnElement[Any]]:
    """How many leads wait for something late, due today, planned."""
    begins, ends = days_of(uow)
    at = Lead.next_activity_at
    return [
        func.sum(case((at < begins, 1), else_=0)).label("late"),
        func.sum(case((and_(at >= begins, at < ends), 1), else_=0)).label("today"),
        func.sum(case((at >= ends, 1), else_=0)).label("planned"),
    ]


def _sums(uow: UnitOfWork, query: BoardQuery) -> list[Column]:
    """The columns without cards."""
    sums = (
        select(
            Lead.stage_id,
            Lead.currency,
            func.count().label("count"),
            *money_sums(),
            *activity_sums(uow),
        )
        .where(board_criterion(uow, query), _since(query))
        .group_by(Lead.stage_id, Lead.currency)
        .subquery()
    )
    stages = (
        select(Stage, *sums.c)
        .outerjoin(sums, sums.c.stage_id == Stage.id)
        .where(Stage.archived_at.is_(None))
        .order_by(Stage.position, Stage.id)
    )
    if query.stage_id is not None:
        stages = stages.where(Stage.id == query.stage_id)
    columns: dict[int, Column] = {}
    for stage, *row in uow.session.execute(stages):
        if query.team_id is not None and not is_stage_of(stage, query.team_id):
            continue
        column = columns.get(stage.id) or empty_column(stage)
        columns[stage.id] = add_sums(column, row[1:]) if row[0] is not None else column
    return list(columns.values())


def empty_column(stage: Stage) -> Column:
    """The column of `stage` with nothing in it."""
    return Column(
        stage.id,
        stage.name,
        stage.probability,
        stage.is_won,
        stage.is_folded,
        stage.guidance,
        stage.rotting_days,
    )


def add_sums(column: Column, row: Sequence[Any]) -> Column:
    """`column` with what leads of one currency add to it: count, sums, activities."""
    currency, count, *rest = row
    sums, weighted = read_sums(currency, rest[:6])
    late, today, planned = (int(number) for number in rest[6:])
    known = column.activity
    return replace(
        column,
        count=column.count + count,
        sum=column.sum + sums,
        weighted_sum=column.weighted_sum + weighted,
        activity=ActivityCounts(
            known.late + late,
            known.today + today,
            known.planned + planned,
            known.none + count - late - today - planned,
        ),
    )


def _cards(
    uow: UnitOfWork, query: BoardQuery, columns: Sequence[_Of]
) -> dict[int, list[Card]]:
    """The first cards of each column that has any, by its place, in their order."""
    criterion = board_criterion(uow, query)
    days = days_of(uow)
    most = query.offset + query.limit + 1
    parts = [
        _range(place, and_(own, criterion), part, most)
        for place, (column, own) in enumerate(columns)
        for part in _parts(column, query, days, most)
    ]
    if not parts:
        return {}
    found = union_all(*parts).subquery()
    statement = select_cards(found.c.rank, found.c.place).join(
        found, found.c.id == Lead.id
    )
    key = _urgency if query.order is BoardOrder.URGENCY else _rank
    rows = sorted(uow.run(statement).all(), key=key)
    dealt: dict[int, list[Card]] = {}
    for row, card in zip(rows, read_cards(uow, rows), strict=True):
        dealt.setdefault(row.place, []).append(card)
    return dealt


def _parts(
    column: Column, query: BoardQuery, days: tuple[datetime, datetime], most: int
) -> list[_Part]:
    """The parts of a column's order that its first `most` cards stand in.

    By urgency each is a range that an index gives in order, and the sums tell how long
    it is. Other orders are one part, of which `rank` is the number.
    """
    at, counts = Lead.next_activity_at, column.activity
    if query.order is not BoardOrder.URGENCY:
        order = order_of(query.order)
        ranked = func.row_number().over(order_by=order)
        return [(ranked, _since(query), order)] if column.count else []
    if column.is_won:
        newest = (Lead.closed_at.desc(), Lead.id.desc())
        return [(literal(0), _since(query), newest)] if column.count else []
    soonest = (at.asc(), Lead.id.asc())
    lengths = (counts.late, counts.today, counts.none, counts.planned)
    every: list[_Part] = [
        (literal(0), at < days[0], soonest),
        (literal(1), and_(at >= days[0], at < days[1]), soonest),
        (literal(2), at.is_(None), (at.desc(), Lead.id.desc())),
        (literal(3), at >= days[1], soonest),
    ]
    needed, missing = [], most
    for part, length in zip(every, lengths, strict=True):
        if length and missing > 0:
            needed.append(part)
        missing -= length
    return needed


def _range(
    place: int, criterion: ColumnElement[bool], part: _Part, most: int
) -> Select[Any]:
    rank, condition, order = part
    found = (
        select(Lead.id, rank.label("rank"))
        .where(criterion, condition)
        .order_by(*order)
        .limit(most)
        .subquery()
    )
    return select(found.c.id, found.c.rank, literal(place).label("place"))


def _rank(row: Any) -> int:
    rank: int = row.rank
    return rank


def _urgency(row: Any) -> tuple[int, float, int]:
    if row.is_won_stage:
        return (row.rank, -row.closed_at.timestamp(), -row.id)
    if row.next_activity_at is None:
        return (row.rank, 0.0, -row.id)
    return (row.rank, row.next_activity_at.timestamp(), row.id)
