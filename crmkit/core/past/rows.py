"""The rows of `lead_past` that a question is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, ColumnElement, True_, and_, or_, select, true
from sqlalchemy.sql.visitors import replacement_traverse

from crmkit.core.access import in_scope
from crmkit.core.events import LeadPast
from crmkit.core.leads import Lead
from crmkit.core.uow import Role

if TYPE_CHECKING:
    from datetime import datetime

    from crmkit.core.board import BoardQuery
    from crmkit.core.uow import UnitOfWork

_KEPT = {column.name for column in LeadPast.__table__.columns} - {"id"}


def held_at(past: type[LeadPast], moment: datetime) -> ColumnElement[bool]:
    """The criterion of the rows of `past` that held at `moment`."""
    return and_(past.from_at <= moment, or_(past.to_at.is_(None), past.to_at > moment))


def narrowed(
    uow: UnitOfWork, query: BoardQuery, past: type[LeadPast]
) -> ColumnElement[bool]:
    """The criterion of the rows of `past` that `query` asks for and the actor sees."""
    parts: list[ColumnElement[bool]] = []
    if uow.actor.role.rank < Role.ALL.rank:
        seen = select(Lead.id).where(in_scope(uow, Lead.owner_id, Lead.team_id))
        parts.append(past.lead_id.in_(seen))
    if query.team_id is not None:
        parts.append(past.team_id == query.team_id)
    if query.won_since is not None:
        since = or_(Lead.closed_at.is_(None), Lead.closed_at >= query.won_since)
        parts.append(_of_lead(since, past))
    if not isinstance(query.criterion, True_):
        parts.append(_of_lead(query.criterion, past))
    return and_(true(), *parts)


def _of_lead(
    criterion: ColumnElement[bool], past: type[LeadPast]
) -> ColumnElement[bool]:
    """A criterion over leads, asked of `past` where that knows the field."""
    lead = Lead.__table__

    def kept(element: Any, **_: Any) -> Any:
        is_kept = isinstance(element, Column) and element.table is lead
        if is_kept and element.name in _KEPT:
            return getattr(past, element.name)
        return None

    found = replacement_traverse(criterion, {}, kept)
    return (
        select(Lead.id).where(Lead.id == past.lead_id, found).correlate(past).exists()
    )
