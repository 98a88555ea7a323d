"""The board as of a moment: what `lead_past` says of every lead at that time.

Stage, team, owner, amounts, probability and expected close are those of then, names,
people and tags those of today. What a filter asks of the former is judged as of then.
Who sees a lead today sees its past; deleting a lead today does not change what the
board of yesterday was.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    case,
    func,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import aliased

from crmkit.core.activities import NOTHING_PLANNED
from crmkit.core.board import BoardQuery, Pipeline, empty_column
from crmkit.core.cards import Card, split_tags, tags_shown
from crmkit.core.events import PAST_ON_BOARD, LeadPast
from crmkit.core.leads import Lead, LeadKind, Status, weigh
from crmkit.core.past.rows import held_at, narrowed
from crmkit.core.stages import Stage, is_stage_of
from crmkit.core.sums import read_sums
from crmkit.core.types import Money
from crmkit.core.users import User

if TYPE_CHECKING:
    from datetime import datetime

    from crmkit.core import board
    from crmkit.core.uow import UnitOfWork

_ROUND = 1_000_000
"""Amount times percent, in what they are stored in, is this many times its cents."""


def as_of(uow: UnitOfWork, moment: datetime, query: BoardQuery) -> Pipeline:
    """The board of `query` as it was at `moment`, in three statements.

    Its columns are today's stages, and those archived since where leads stood in
    them. The leads that changed last come first; planned activities are not kept.
    """
    columns = _columns(uow, moment, query)
    cards = _cards(uow, moment, query, columns) if query.limit else {}
    dealt = []
    for column in columns:
        own = cards.get(column.stage_id, [])
        shown = own[query.offset : query.offset + query.limit]
        more = len(own) > query.offset + query.limit
        dealt.append(replace(column, cards=tuple(shown), has_more=more))
    return Pipeline(tuple(dealt), uow.settings.base_currency)


def _columns(
    uow: UnitOfWork, moment: datetime, query: BoardQuery
) -> list[board.Column]:
    """The columns with counts and sums, without cards."""
    stages = select(Stage).order_by(Stage.position, Stage.id)
    if query.stage_id is not None:
        stages = stages.where(Stage.id == query.stage_id)
    columns: dict[int, board.Column] = {}
    archived: set[int] = set()
    for stage in uow.session.scalars(stages):
        if query.team_id is not None and not is_stage_of(stage, query.team_id):
            continue
        columns[stage.id] = empty_column(stage)
        if stage.archived_at is not None:
            archived.add(stage.id)
    asked = _sums(uow, moment, query, list(columns))
    for row in uow.session.execute(asked) if columns else ():
        columns[row.stage_id] = _added(columns[row.stage_id], row)
    return [
        column
        for column in columns.values()
        if column.count or column.stage_id not in archived
    ]


def _sums(
    uow: UnitOfWork, moment: datetime, query: BoardQuery, stage_ids: list[int]
) -> Select[*tuple[Any, ...]]:
    """Counts and sums by stage and currency, a group in several rows at most.

    Four ranges of one index, each read in the order of its groups: of the base
    currency what holds still and what ended since, and the currencies before and
    behind it.
    """
    base = uow.settings.base_currency
    past, before, behind = LeadPast, LeadPast.currency < base, LeadPast.currency > base
    stored = type_coerce(past.base_weighted, BigInteger)
    common = and_(
        past.stage_id.in_(stage_ids),
        PAST_ON_BOARD,
        past.from_at <= moment,
        narrowed(uow, query, LeadPast),
    )
    held = or_(past.to_at.is_(None), past.to_at > moment)
    own = and_(past.currency == base, common)
    return select(
        union_all(
            _grouped(and_(own, past.to_at.is_(None)), stored),
            _grouped(and_(own, past.to_at > moment), stored),
            _grouped(and_(before, held, common), _weighted()),
            _grouped(and_(behind, held, common), _weighted()),
        ).subquery()
    )


def _grouped(
    criterion: ColumnElement[bool], weighted: ColumnElement[int]
) -> Select[*tuple[Any, ...]]:
    unrated = LeadPast.base_revenue.is_(None)
    return (
        select(
            LeadPast.stage_id,
            LeadPast.currency,
            func.count().label("count"),
            func.sum(LeadPast.base_revenue).label("base"),
            func.sum(LeadPast.base_weighted).label("base_weighted"),
            func.sum(LeadPast.expected_revenue).label("own"),
            type_coerce(func.sum(weighted), Money).label("own_weighted"),
            func.sum(case((unrated, LeadPast.expected_revenue))).label("lacking"),
            type_coerce(func.sum(case((unrated, weighted))), Money).label(
                "lacking_weighted"
            ),
        )
        .where(criterion)
        .group_by(LeadPast.stage_id, LeadPast.currency)
    )


def _weighted() -> ColumnElement[int]:
    """What `weigh` makes of amount and probability, as the database stores it.

    Half to even, in whole numbers, and in two parts so that no product is too long.
    """
    amount = type_coerce(LeadPast.expected_revenue, BigInteger)
    percent = type_coerce(LeadPast.probability, BigInteger)
    rest = (amount % _ROUND) * percent
    cents = (amount // _ROUND) * percent + rest // _ROUND
    half, left = _ROUND // 2, rest % _ROUND
    is_up = or_(left > half, and_(left == half, cents % 2 == 1))
    return (cents + case((is_up, 1), else_=0)) * 100


def _added(column: board.Column, row: Any) -> board.Column:
    sums, weighted = read_sums(
        row.currency,
        (
            row.base,
            row.base_weighted,
            row.own,
            row.own_weighted,
            row.lacking,
            row.lacking_weighted,
        ),
    )
    return replace(
        column,
        count=column.count + row.count,
        sum=column.sum + sums,
        weighted_sum=column.weighted_sum + weighted,
        activity=replace(column.activity, none=column.activity.none + row.count),
    )


def _cards(
    uow: UnitOfWork,
    moment: datetime,
    query: BoardQuery,
    columns: list[board.Column],
) -> dict[int, list[Card]]:
    """The first cards of each column that has any, by stage id."""
    most = query.offset + query.limit + 1
    parts = [
        _first(uow, moment, query, column.stage_id, most)
        for column in columns
        if column.count
    ]
    if not parts:
        return {}
    found = union_all(*(select(part.c.id) for part in parts)).subquery()
    rows = uow.session.execute(
        _select_cards()
        .join(found, found.c.id == LeadPast.id)
        .order_by(LeadPast.from_at.desc(), LeadPast.id.desc())
    )
    dealt: dict[int, list[Card]] = {}
    for row in rows:
        dealt.setdefault(row.stage_id, []).append(_card(row, moment, uow))
    return dealt


def _first(
    uow: UnitOfWork, moment: datetime, query: BoardQuery, stage_id: int, most: int
) -> Any:
    return (
        select(LeadPast.id)
        .where(
            LeadPast.stage_id == stage_id,
            PAST_ON_BOARD,
            held_at(LeadPast, moment),
            narrowed(uow, query, LeadPast),
        )
        .order_by(LeadPast.from_at.desc(), LeadPast.id.desc())
        .limit(most)
        .subquery()
    )


def _entered() -> ColumnElement[datetime]:
    """When a lead came into the stage in which it stood."""
    other, first = aliased(LeadPast), aliased(LeadPast)
    left = select(func.max(other.to_at)).where(
        other.lead_id == LeadPast.lead_id,
        other.stage_id != LeadPast.stage_id,
        other.to_at <= LeadPast.from_at,
    )
    began = select(func.min(first.from_at)).where(first.lead_id == LeadPast.lead_id)
    return func.coalesce(
        left.correlate(LeadPast).scalar_subquery(),
        began.correlate(LeadPast).scalar_subquery(),
    )


_OF_THEN = (
    "stage_id",
    "expected_revenue",
    "base_revenue",
    "base_weighted",
    "currency",
    "expected_close",
    "probability",
    "team_id",
    "owner_id",
)
_OF_TODAY = (
    "id",
    "version",
    "name",
    "company_name",
    "contact_name",
    "priority",
    "created_at",
    "closed_at",
)


def _select_cards() -> Select[Any]:
    return (
        select(
            *(getattr(LeadPast, name) for name in _OF_THEN),
            *(getattr(Lead, name) for name in _OF_TODAY),
            LeadPast.kind.label("kind_then"),
            LeadPast.status.label("status_then"),
            User.name.label("owner_name"),
            Stage.name.label("stage_name"),
            Stage.probability.label("stage_probability"),
            Stage.is_won.label("is_won_stage"),
            Stage.rotting_days,
            type_coerce(_entered(), LeadPast.from_at.type).label("entered_at"),
            tags_shown.label("tags"),
        )
        .select_from(LeadPast)
        .join(Lead, Lead.id == LeadPast.lead_id)
        .join(Stage, Stage.id == LeadPast.stage_id)
        .outerjoin(User, User.id == LeadPast.owner_id)
    )


def _card(row: Any, moment: datetime, uow: UnitOfWork) -> Card:
    day = moment.astimezone(uow.settings.zone).date()
    status = Status(row.status_then)
    is_open = status is Status.OPEN
    close, limit = row.expected_close, row.rotting_days
    days = max((moment - row.entered_at).days, 0)
    return Card(
        **{name: getattr(row, name) for name in (*_OF_THEN, *_OF_TODAY)},
        kind=LeadKind(row.kind_then),
        status=status,
        stage_name=row.stage_name,
        stage_probability=row.stage_probability,
        is_won_stage=row.is_won_stage,
        weighted_revenue=weigh(row.expected_revenue, row.probability),
        owner_name=row.owner_name,
        tags=split_tags(row.tags),
        is_overdue=is_open and close is not None and close < day,
        days_in_stage=days,
        is_rotting=is_open and limit is not None and days > limit,
        next_activity=NOTHING_PLANNED,
    )
