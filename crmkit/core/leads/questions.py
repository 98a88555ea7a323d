"""Finding leads: only those that the actor may see."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from crmkit.core.access import in_reach, in_scope
from crmkit.core.errors import NotFoundError
from crmkit.core.leads.errors import MergedLeadError
from crmkit.core.leads.table import Lead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core.uow import Reach, UnitOfWork


def visible(uow: UnitOfWork, *, deleted: bool = False) -> ColumnElement[bool]:
    """The criterion of leads that the actor may see, without those in the bin.

    With `deleted` it includes those, but for leads that were merged into others.
    """
    seen = in_scope(uow, Lead.owner_id, Lead.team_id)
    if deleted:
        return and_(Lead.merged_into_id.is_(None), seen)
    return and_(Lead.deleted_at.is_(None), seen)


@lru_cache(maxsize=512)
def _one_visible(reach: Reach) -> Select[Lead]:
    """The statement of one lead, by the parameter `lead_id`."""
    seen = in_reach(reach, Lead.owner_id, Lead.team_id)
    return select(Lead).where(
        Lead.id == bindparam("lead_id"), Lead.deleted_at.is_(None), seen
    )


@lru_cache(maxsize=512)
def _one_locked(reach: Reach) -> Select[Lead]:
    return _one_visible(reach).with_for_update()


def get_lead(uow: UnitOfWork, lead_id: int) -> Lead:
    """The lead of that id, if the actor may see it."""
    build = _one_locked if uow.writes else _one_visible
    found = uow.session.scalar(build(uow.actor.reach), {"lead_id": lead_id})
    if found is None:
        raise lead_not_found(uow, lead_id)
    return found


def lead_not_found(uow: UnitOfWork, lead_id: int) -> NotFoundError:
    """That there is no such lead, or into which visible one it was merged."""
    source = aliased(Lead)
    query = (
        select(Lead.id)
        .join(source, source.merged_into_id == Lead.id)
        .where(source.id == lead_id, visible(uow))
    )
    master_id = uow.session.scalar(query)
    if master_id is None:
        return NotFoundError("lead", lead_id)
    return MergedLeadError(lead_id, master_id)


def merged_with(lead_id: ColumnElement[int]) -> CompoundSelect[int]:
    """The ids of a lead and of those that were merged into it, to be asked for."""
    table = Lead.__table__
    into = select(table.c.id).where(table.c.merged_into_id == lead_id)
    return union_all(select(table.c.id).where(table.c.id == lead_id), into)


def get_leads(uow: UnitOfWork, ids: Sequence[int]) -> list[Lead]:
    """Those leads of `ids` that the actor may see, by id."""
    query = select(Lead).where(Lead.id.in_(ids), visible(uow)).order_by(Lead.id)
    return list(uow.session.scalars(uow.locked(query)))


def get_deleted_lead(uow: UnitOfWork, lead_id: int) -> Lead:
    """The lead of that id in the bin, if the actor could see it outside."""
    query = select(Lead).where(
        Lead.id == lead_id,
        Lead.deleted_at.is_not(None),
        Lead.merged_into_id.is_(None),
        in_scope(uow, Lead.owner_id, Lead.team_id),
    )
    found = uow.session.scalar(uow.locked(query))
    if found is None:
        raise NotFoundError("lead", lead_id)
    return found
