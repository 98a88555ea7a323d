"""Leads as boards and lists show them: rows, not objects, in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Row, Select, func, select

from crmkit.core.activities import (
    NOTHING_PLANNED,
    Activity,
    NextActivity,
    describe,
)
from crmkit.core.leads import Lead, LeadKind, Status
from crmkit.core.stages import Stage
from crmkit.core.tags import LeadTag, Tag
from crmkit.core.users import User

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime
    from decimal import Decimal

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "Card",
]

_BETWEEN = "\x1f"


@dataclass(frozen=True, slots=True)
class Card:
    """A lead as a card or a row shows it.

    Amounts are in `currency`, but for `base_revenue` and `base_weighted`, which are in
    the base currency and None where there is no exchange rate.
    """

    id: int
    version: int
    kind: LeadKind
    status: Status
    name: str
    stage_id: int
    stage_name: str
    stage_probability: Decimal
    is_won_stage: bool
    company_name: str | None
    contact_name: str | None
    expected_revenue: Decimal
    weighted_revenue: Decimal
    currency: str
    expected_close: date | None
    is_overdue: bool
    probability: Decimal
    priority: int
    tags: tuple[str, ...]
    team_id: int | None
    owner_id: int | None
    owner_name: str | None
    created_at: datetime
    closed_at: datetime | None
    days_in_stage: int
    is_rotting: bool
    next_activity: NextActivity
    base_revenue: Decimal | None
    base_weighted: Decimal | None


tags_shown = (
    select(func.aggregate_strings(Tag.name, _BETWEEN))
    .join(LeadTag, LeadTag.tag_id == Tag.id)
    .where(LeadTag.lead_id == Lead.id)
    .correlate(Lead)
    .scalar_subquery()
)

_COLUMNS = (
    Lead.id,
    Lead.version,
    Lead.kind,
    Lead.status,
    Lead.name,
    Lead.stage_id,
    Lead.company_name,
    Lead.contact_name,
    Lead.expected_revenue,
    Lead.weighted_revenue,
    Lead.currency,
    Lead.base_revenue,
    Lead.base_weighted,
    Lead.expected_close,
    Lead.probability,
    Lead.priority,
    Lead.team_id,
    Lead.owner_id,
    Lead.created_at,
    Lead.closed_at,
    Lead.stage_entered_at,
    Lead.next_activity_at,
    User.name.label("owner_name"),
    Stage.name.label("stage_name"),
    Stage.probability.label("stage_probability"),
    Stage.is_won.label("is_won_stage"),
    Stage.rotting_days,
    Activity.id.label("activity_id"),
    Activity.type.label("activity_type"),
    Activity.summary.label("activity_summary"),
    Activity.due_on,
    Activity.due_at,
    tags_shown.label("tags"),
)
_JUDGED = ("rotting_days", "expected_close", "tags")
_OWN = frozenset(Card.__dataclass_fields__) - {
    "tags",
    "is_overdue",
    "days_in_stage",
    "is_rotting",
    "next_activity",
}


def select_cards(*more: Any) -> Select[Any]:
    """The statement of cards, to be narrowed and ordered; `more` adds columns."""
    return (
        select(*_COLUMNS, *more)
        .select_from(Lead)
        .join(Stage, Stage.id == Lead.stage_id)
        .outerjoin(User, User.id == Lead.owner_id)
        .outerjoin(Activity, Activity.id == Lead.next_activity_id)
    )


def read_cards(uow: UnitOfWork, rows: Iterable[Row[Any]]) -> Iterator[Card]:
    """The cards of rows of `select_cards`, in their order."""
    now, today = uow.now(), uow.today()
    for row in rows:
        values = row._mapping  # noqa: SLF001  (a row's public mapping is named so)
        is_open = values["status"] is Status.OPEN
        days = (now - values["stage_entered_at"]).days
        limit, close, tags = (values[name] for name in _JUDGED)
        yield Card(
            **{name: values[name] for name in _OWN},
            tags=split_tags(tags),
            is_overdue=is_open and close is not None and close < today,
            days_in_stage=days,
            is_rotting=is_open and limit is not None and days > limit,
            next_activity=_next(values, today),
        )


def split_tags(text: str | None) -> tuple[str, ...]:
    """The names of tags as `tags_shown` selects them, in order."""
    return tuple(sorted(text.split(_BETWEEN))) if text else ()


def _next(values: Any, today: date) -> NextActivity:
    if values["activity_id"] is None:
        return NOTHING_PLANNED
    what = (values["activity_type"], values["activity_summary"])
    due = (values["due_on"], values["due_at"])
    return describe(values["activity_id"], what, due, today)


def get_card(
    uow: UnitOfWork, lead_id: int, criterion: ColumnElement[bool]
) -> Card | None:
    """The card of a lead that fulfils `criterion`, else None."""
    row = uow.session.execute(
        select_cards().where(Lead.id == lead_id, criterion)
    ).one_or_none()
    return None if row is None else next(read_cards(uow, [row]))
