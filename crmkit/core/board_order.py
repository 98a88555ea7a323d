"""The orders that the cards of a column stand in, and placing one by hand."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select, update

from crmkit.core.leads.questions import get_leads
from crmkit.core.leads.saving import save
from crmkit.core.leads.table import ON_BOARD, Lead

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "BoardOrder",
    "place_near",
]

_GAP = 2**20
"""Between two leads that nobody placed there is room for twenty cards and more."""
_NEAR = 1_000


class BoardOrder(StrEnum):
    """What comes first: what waits, what is worth most, closes soonest, or by hand."""

    URGENCY = "urgency"
    VALUE = "value"
    CLOSE = "close"
    MANUAL = "manual"


# Who was never placed stands by age, the newest on top: so each lead has a place from
# the start, and putting one between two others writes that one alone.
_place: ColumnElement[int] = func.coalesce(Lead.board_rank, -Lead.id * _GAP)

_ORDERS: dict[BoardOrder, tuple[Any, ...]] = {
    BoardOrder.VALUE: (Lead.base_revenue.desc().nulls_last(), Lead.id.desc()),
    BoardOrder.CLOSE: (Lead.expected_close.asc().nulls_last(), Lead.id.desc()),
    BoardOrder.MANUAL: (_place, Lead.id.desc()),
}


def order_of(order: BoardOrder) -> tuple[Any, ...]:
    """What a column is ordered by in SQL. Urgency is no single order but ranges."""
    return _ORDERS[order]


def place_near(
    uow: UnitOfWork, lead: Lead, *, before: int | None = None, after: int | None = None
) -> None:
    """Put `lead` right before another lead of its stage, or right after one, by hand.

    A neighbour of another stage, or that the actor may not see, is none: somebody may
    have moved it meanwhile. With no neighbour `lead` stays where it is.
    """
    ids = [other for other in (before, after) if other is not None]
    near = {other.id: other for other in get_leads(uow, ids)} if ids else {}
    for other_id, is_above in ((before, True), (after, False)):
        other = near.get(other_id) if other_id is not None else None
        if other and other.id != lead.id and other.stage_id == lead.stage_id:
            _put(uow, lead, _rank_near(uow, lead, other, is_above=is_above))
            return


def _put(uow: UnitOfWork, lead: Lead, rank: int) -> None:
    old, lead.board_rank = lead.board_rank, rank
    if old != rank:
        save(uow, [lead], "lead.placed", {lead.id: {"board_rank": (old, rank)}})


def _rank_near(uow: UnitOfWork, lead: Lead, near: Lead, *, is_above: bool) -> int:
    here = _place_of(near)
    others = (ON_BOARD, Lead.stage_id == near.stage_id, Lead.id != lead.id)
    beyond = and_(*others, _before(near) if is_above else _after(near))
    farthest = func.max(_place) if is_above else func.min(_place)
    other = uow.session.scalar(select(farthest).where(beyond))
    if other is None:
        return here - _GAP if is_above else here + _GAP
    low, high = sorted((here, other))
    if high - low < 2:  # noqa: PLR2004  (no whole number lies between)
        below = (Lead.id == near.id) | _after(near) if is_above else _after(near)
        _make_room(uow, low, and_(*others, below))
        return low + _GAP // 2
    return (low + high) // 2


def _place_of(lead: Lead) -> int:
    return -lead.id * _GAP if lead.board_rank is None else lead.board_rank


def _before(near: Lead) -> ColumnElement[bool]:
    """The cards above `near`; equal places stand by age, the newest on top."""
    here = _place_of(near)
    return or_(_place < here, and_(_place == here, Lead.id > near.id))


def _after(near: Lead) -> ColumnElement[bool]:
    here = _place_of(near)
    return or_(_place > here, and_(_place == here, Lead.id < near.id))


def _make_room(uow: UnitOfWork, low: int, below: ColumnElement[bool]) -> None:
    """Move the cards of `below` down from `low` until the next gap takes them."""
    query = select(Lead.id, _place).where(below).order_by(_place, Lead.id.desc())
    place = low
    for lead_id, at in uow.session.execute(query.limit(_NEAR)).all():
        place += _GAP
        if at >= place:
            return
        change = update(Lead).where(Lead.id == lead_id).values(board_rank=place)
        uow.session.execute(change)
