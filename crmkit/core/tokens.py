"""Access tokens: what scripts sign in with."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base
from crmkit.core.events import Fact, record
from crmkit.core.signins import hash_key

if TYPE_CHECKING:
    from crmkit.core.uow import UnitOfWork
    from crmkit.core.users import User

__all__ = [
    "AccessToken",
    "add_token",
]


class AccessToken(Base):
    """A user's key to the API; only its SHA-256 is stored."""

    __tablename__ = "access_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("crm_user.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]


def add_token(uow: UnitOfWork, user: User, name: str) -> str:
    """A new token of `user`, which is shown once and never again."""
    key = "ck_" + secrets.token_urlsafe(32)
    token = AccessToken(
        key_hash=hash_key(key), user_id=user.id, name=name[:80], created_at=uow.now()
    )
    uow.session.add(token)
    uow.session.flush()
    record(uow, [Fact("token.created", "user", user.id, user.version, {})])
    return key
