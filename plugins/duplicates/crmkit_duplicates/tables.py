"""The plugin's table: the mail domain of each lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core import Lead, plugin_base, references

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase

    Base = DeclarativeBase
else:
    Base = plugin_base("duplicates")


class MailDomain(Base):
    """The domain of a lead's mail address."""

    __tablename__ = "duplicates__domain"

    lead_id: Mapped[int] = mapped_column(references(Lead.id), primary_key=True)
    domain: Mapped[str] = mapped_column(String(320), index=True)
