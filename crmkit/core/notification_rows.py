"""Notifications as they are kept, and telling people whom leads were given to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base
from crmkit.core.types import choice
from crmkit.core.users import User

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from crmkit.core.events import Values
    from crmkit.core.leads import Lead
    from crmkit.core.uow import UnitOfWork


class NotificationKind(StrEnum):
    """Why somebody is told."""

    MENTION = "mention"
    NOTE = "note"
    ASSIGNED = "assigned"


class Notification(Base):
    """Something that a user is told of, until he read it.

    Of leads that one change gave him it names the first; `more` is how many came with
    it. `entry_id` is the note that it is about, if it is about one.
    """

    __tablename__ = "notification"
    __table_args__ = (Index("ix_notification_user", "user_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("crm_user.id", ondelete="CASCADE"))
    kind: Mapped[NotificationKind] = mapped_column(choice(NotificationKind))
    lead_id: Mapped[int] = mapped_column(
        ForeignKey("lead.id", ondelete="CASCADE"), index=True
    )
    entry_id: Mapped[int | None] = mapped_column(
        ForeignKey("timeline_entry.id", ondelete="CASCADE"), index=True
    )
    change_id: Mapped[str | None] = mapped_column(String(32))
    more: Mapped[int] = mapped_column(default=0)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("crm_user.id"))
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


def tell_of_owners(
    uow: UnitOfWork, leads: Sequence[Lead], changed: Mapping[int, Values]
) -> None:
    """Tell whom `leads` were given to, once for a change, unless he took them himself.

    `changed` holds what changed of each, by its id.
    """
    given: dict[int, list[int]] = {}
    for lead in leads:
        owner_id = changed[lead.id].get("owner_id", (None, None))[1]
        if isinstance(owner_id, int) and owner_id != uow.actor.id:
            given.setdefault(owner_id, []).append(lead.id)
    last = _newest_of(uow, given)
    for owner_id, ids in sorted(given.items()):
        _tell_owner(uow, owner_id, ids, last.get(owner_id))


def _newest_of(uow: UnitOfWork, user_ids: Collection[int]) -> dict[int, Notification]:
    """The newest notification of each of these users who has any, by his id."""
    if not user_ids:
        return {}
    mine = select(func.max(Notification.id)).where(Notification.user_id == User.id)
    newest = select(mine.scalar_subquery()).where(User.id.in_(user_ids))
    rows = select(Notification).where(Notification.id.in_(newest))
    return {row.user_id: row for row in uow.session.scalars(rows)}


def _tell_owner(
    uow: UnitOfWork, owner_id: int, ids: Sequence[int], last: Notification | None
) -> None:
    if (
        last is not None
        and last.kind is NotificationKind.ASSIGNED
        and last.change_id == uow.change_id
    ):
        last.more += len(ids)
        last.read_at = None
        return
    uow.session.add(
        Notification(
            user_id=owner_id,
            kind=NotificationKind.ASSIGNED,
            lead_id=ids[0],
            change_id=uow.change_id,
            more=len(ids) - 1,
            actor_id=uow.actor.id,
            created_at=uow.now(),
        )
    )
