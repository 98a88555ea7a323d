"""Leads as boards and lists show them: rows, not objects, in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, select

from crmkit.core.activities import (
    NOTHING_PLANNED,
    Activity,
    NextActivity,
    describe,
)
from crmkit.core.db import join_texts
from crmkit.core.leads import Lead, LeadKind, Status
from crmkit.core.stages import Stage
from crmkit.core.tags import LeadTag, Tag
from crmkit.core.users import User

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime
    from decimal import Decimal

    from crmkit.core.activity_types import KnownType
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
    base_revenue: Decimal | None
    base_weighted: Decimal | None
    expected_close: date | None
    probability: Decimal
    priority: int
    team_id: int | None
    owner_id: int | None
    owner_name: str | None
    created_at: datetime
    closed_at: datetime | None
    tags: tuple[str, ...]
    is_overdue: bool
    days_in_stage: int
    is_rotting: bool
    next_activity: NextActivity


tags_shown = (
    select(join_texts(Tag.name, _BETWEEN))
    .join(LeadTag, LeadTag.tag_id == Tag.id)
    .where(LeadTag.lead_id == Lead.id)
    .correlate(Lead)
    .scalar_subquery()
)

# In the order of a card's own fields; what the others follow from stands behind.
_OWN = (
    Lead.id,
    Lead.version,
    Lead.kind,
    Lead.status,
    Lead.name,
    Lead.stage_id,
    Stage.name.label("stage_name"),
    Stage.probability.label("stage_probability"),
    Stage.is_won.label("is_won_stage"),
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
    User.name.label("owner_name"),
    Lead.created_at,
    Lead.closed_at,
)
_cards: Select[*tuple[Any, ...]] = (
    select(
        *_OWN,
        tags_shown.label("tags"),
        Lead.stage_entered_at,
        Stage.rotting_days,
        Activity.id.label("activity_id"),
        Activity.type.label("activity_type"),
        Activity.summary.label("activity_summary"),
        Activity.due_on,
        Activity.due_at,
        Lead.next_activity_at,
    )
    .select_from(Lead)
    .join(Stage, Stage.id == Lead.stage_id)
    .outerjoin(User, User.id == Lead.owner_id)
    .outerjoin(Activity, Activity.id == Lead.next_activity_id)
)
_BEHIND = len(_OWN)
_DUE = slice(_BEHIND + 3, _BEHIND + 8)


def select_cards(*more: Any) -> Select[*tuple[Any, ...]]:
    """The statement of cards, to be narrowed and ordered; `more` adds columns."""
    return _cards.add_columns(*more)


def read_cards(uow: UnitOfWork, rows: Iterable[Any]) -> Iterator[Card]:
    """The cards of rows of `select_cards`, in their order."""
    now, today = uow.now(), uow.today()
    known = uow.catalogue.activity_types
    for row in rows:
        is_open = row.status is Status.OPEN
        days = (now - row.stage_entered_at).days
        limit, close = row.rotting_days, row.expected_close
        follows = (
            split_tags(row.tags),
            is_open and close is not None and close < today,
            days,
            is_open and limit is not None and days > limit,
            _next(row[_DUE], today, known),
        )
        values: tuple[Any, ...] = (*row[:_BEHIND], *follows)
        yield Card(*values)


def split_tags(text: str | None) -> tuple[str, ...]:
    """The names of tags as `tags_shown` selects them, in order."""
    return tuple(sorted(text.split(_BETWEEN))) if text else ()


def _next(
    planned: Sequence[Any], today: date, known: Mapping[str, KnownType]
) -> NextActivity:
    number, kind, summary, due_on, due_at = planned
    if number is None:
        return NOTHING_PLANNED
    return describe(number, (kind, summary), (due_on, due_at), today, known)


def get_card(
    uow: UnitOfWork, lead_id: int, criterion: ColumnElement[bool]
) -> Card | None:
    """The card of a lead that fulfils `criterion`, else None."""
    row = uow.run(select_cards().where(Lead.id == lead_id, criterion)).one_or_none()
    return None if row is None else next(read_cards(uow, [row]))
