"""Who follows a lead, and so hears of what is written on it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.access import can_see
from crmkit.core.db import Base
from crmkit.core.errors import CrmError, mark
from crmkit.core.teams import Member
from crmkit.core.uow import Actor
from crmkit.core.users import User, get_user

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmkit.core.leads import Lead
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "Follower",
    "follow_lead",
    "followers_of",
    "unfollow_lead",
]


class Follower(Base):
    """A user who follows a lead."""

    __tablename__ = "follower"

    lead_id: Mapped[int] = mapped_column(
        ForeignKey("lead.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("crm_user.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    created_at: Mapped[datetime]


class UnseenError(CrmError):
    """Who is to follow a lead cannot see it."""

    def __init__(self, name: str) -> None:
        super().__init__(
            mark("{name} cannot see this lead."), field="user_id", name=name
        )


def followers_of(uow: UnitOfWork, lead: Lead) -> list[User]:
    """The users who follow `lead`, by name."""
    return list(
        uow.session.scalars(
            select(User)
            .join(Follower, Follower.user_id == User.id)
            .where(Follower.lead_id == lead.id, User.disabled_at.is_(None))
            .order_by(User.name_folded)
        )
    )


def follow_lead(uow: UnitOfWork, lead: Lead, user_id: int) -> None:
    """Let a user follow `lead`. Raises UnseenError where he cannot see it."""
    user = get_user(uow, user_id)
    if not seen_by(uow, lead, [user]):
        raise UnseenError(user.name)
    add_followers(uow, lead, [user_id])


def unfollow_lead(uow: UnitOfWork, lead: Lead, user_id: int) -> None:
    """Let a user follow `lead` no longer."""
    uow.session.execute(
        delete(Follower).where(Follower.lead_id == lead.id, Follower.user_id == user_id)
    )


def add_followers(uow: UnitOfWork, lead: Lead, ids: Iterable[int]) -> None:
    """Let users follow `lead` who do not yet."""
    query = select(Follower.user_id).where(Follower.lead_id == lead.id)
    known = set(uow.session.scalars(query))
    for user_id in sorted(set(ids) - known):
        uow.session.add(
            Follower(lead_id=lead.id, user_id=user_id, created_at=uow.now())
        )
    uow.session.flush()


def seen_by(uow: UnitOfWork, lead: Lead, users: Iterable[User]) -> set[int]:
    """The ids of those of `users` who may sign in and see `lead`."""
    there = [user for user in users if user.disabled_at is None]
    members: set[int] = set()
    if lead.team_id is not None and there:
        ids = [user.id for user in there]
        query = select(Member.user_id).where(
            Member.team_id == lead.team_id, Member.user_id.in_(ids)
        )
        members = set(uow.session.scalars(query))
    return {user.id for user in there if _sees(lead, user, user.id in members)}


def _sees(lead: Lead, user: User, is_member: bool) -> bool:  # noqa: FBT001  (of a set)
    teams = (lead.team_id,) if is_member and lead.team_id is not None else ()
    actor = Actor(id=user.id, name=user.name, role=user.role, team_ids=teams)
    return can_see(actor, lead.owner_id, lead.team_id)
