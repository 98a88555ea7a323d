"""The plugin's table: who has an address."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (the mapping reads it)
from typing import TYPE_CHECKING

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core import User, plugin_base, references

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase

    Base = DeclarativeBase
else:
    Base = plugin_base("calendar_feed")


class Feed(Base):
    """A person's address: only its fingerprint (SHA-256) is kept."""

    __tablename__ = "calendar_feed__feed"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(references(User.id), unique=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
