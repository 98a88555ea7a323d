"""What has happened last, for pages that look whether to fetch themselves anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from crmkit.core.events import Event

if TYPE_CHECKING:
    from crmkit.core.uow import UnitOfWork

__all__ = [
    "newest_token",
]

_OVERLAP = 200


def newest_token(uow: UnitOfWork) -> str:
    """A word that changes whenever something was done; it says not what.

    It counts the last events by number, as one that was begun earlier may come later.
    """
    newest = uow.session.scalar(select(func.max(Event.id))) or 0
    near = select(func.count()).where(Event.id > newest - _OVERLAP)
    return f"{newest}-{uow.session.scalar(near)}"
