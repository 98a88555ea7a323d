"""The margin of every page: what waits for the actor, and what he keeps at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, select

from crmkit.core.notifications import count_of_unread
from crmkit.core.users import User
from crmkit.core.views import SavedView, ViewFavourite, visible_views

if TYPE_CHECKING:
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "AtHand",
    "Margin",
    "read_margin",
]


@dataclass(frozen=True, slots=True)
class AtHand:
    """A view that somebody keeps at hand."""

    id: int
    entity: str
    name: str
    layout: str


@dataclass(frozen=True, slots=True)
class Margin:
    """How many notifications the actor has not read, and his views, by name."""

    unread: int
    views: tuple[AtHand, ...]


def read_margin(uow: UnitOfWork) -> Margin:
    """The margin of the actor's pages, in one statement."""
    statement = uow.catalogue.kept(("margin", uow.actor.reach), lambda: _of(uow))
    rows = uow.run(statement).all()
    views = (AtHand(*row[1:]) for row in rows if row[1] is not None)
    return Margin(rows[0][0] if rows else 0, tuple(views))


def _of(uow: UnitOfWork) -> Select[Any]:
    kept = and_(SavedView.id == ViewFavourite.view_id, visible_views(uow))
    return (
        select(
            count_of_unread(uow).scalar_subquery(),
            SavedView.id,
            SavedView.entity,
            SavedView.name,
            SavedView.layout,
        )
        .select_from(User)
        .outerjoin(ViewFavourite, ViewFavourite.user_id == User.id)
        .outerjoin(SavedView, kept)
        .where(User.id == uow.actor.id)
        .order_by(SavedView.name, SavedView.id)
    )
