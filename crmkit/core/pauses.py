"""Pauses: while one lasts, nothing is sent and no schedule runs.

A restored database begins with one, so that an old copy does not send its mails again.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base
from crmkit.core.errors import CrmError, mark
from crmkit.core.uow import Role

if TYPE_CHECKING:
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "NotPausedError",
    "Pause",
    "current_pause",
    "end_pause",
    "is_paused",
    "start_pause",
]

RESTORED = mark("It was restored from a backup.")


class Pause(Base):
    """A time in which nothing is sent and no schedule runs; open without an end."""

    __tablename__ = "pause"
    __table_args__ = (Index("ix_pause_ended_at", "ended_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(String(250))
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("crm_user.id"))


class NotPausedError(CrmError):
    """There is no pause to end."""

    def __init__(self) -> None:
        super().__init__(mark("Sending and schedules are on already."))


def current_pause(uow: UnitOfWork) -> Pause | None:
    """The pause that lasts now, if there is one."""
    query = select(Pause).where(Pause.ended_at.is_(None)).order_by(Pause.id)
    return uow.session.scalars(query.limit(1)).first()


def is_paused(uow: UnitOfWork) -> bool:
    """Whether nothing may be sent and no schedule may run just now."""
    query = select(Pause.id).where(Pause.ended_at.is_(None)).limit(1)
    return uow.session.scalar(query) is not None


def start_pause(uow: UnitOfWork, reason: str) -> Pause:
    """The pause that begins now; one that lasts already stays as it is.

    `reason` is a marked sentence; it is translated when shown.
    """
    uow.require(Role.ADMIN)
    pause = current_pause(uow)
    if pause is None:
        pause = Pause(reason=reason, since=uow.now())
        uow.session.add(pause)
        uow.session.flush()
    return pause


def end_pause(uow: UnitOfWork) -> Pause:
    """Let sending and schedules go on; raise NotPausedError where they do."""
    uow.require(Role.ADMIN)
    pause = current_pause(uow)
    if pause is None:
        raise NotPausedError
    pause.ended_at = uow.now()
    pause.ended_by_id = uow.actor.id
    uow.session.flush()
    return pause
