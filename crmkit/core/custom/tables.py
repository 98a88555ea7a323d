"""Where the values of custom fields stand: beside the record, and in links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base

if TYPE_CHECKING:
    from collections.abc import Mapping

_Json = JSON().with_variant(JSONB(), "postgresql")


class LeadCustom(Base):
    """The values of a lead's custom fields by slug; `folded` compares its texts."""

    __tablename__ = "lead_custom"

    record_id: Mapped[int] = mapped_column(
        ForeignKey("lead.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    data: Mapped[dict[str, Any]] = mapped_column(_Json)
    folded: Mapped[dict[str, str]] = mapped_column(_Json)


class ContactCustom(Base):
    """The values of a contact's custom fields by slug."""

    __tablename__ = "contact_custom"

    record_id: Mapped[int] = mapped_column(
        ForeignKey("contact.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    data: Mapped[dict[str, Any]] = mapped_column(_Json)
    folded: Mapped[dict[str, str]] = mapped_column(_Json)


class CustomLink(Base):
    """One of several choices of a record, or a user or contact that it names."""

    __tablename__ = "custom_link"
    __table_args__ = (
        Index("ix_custom_link_record", "entity", "record_id"),
        Index("ix_custom_link_target", "field_id", "target_id", "record_id"),
        Index("ix_custom_link_text", "field_id", "text_folded", "record_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(String(24))
    record_id: Mapped[int]
    field_id: Mapped[int] = mapped_column(
        ForeignKey("custom_field.id", ondelete="CASCADE")
    )
    target_id: Mapped[int | None]
    text: Mapped[str | None] = mapped_column(String(120))
    text_folded: Mapped[str | None] = mapped_column(String(120))


HOLDERS: Mapping[str, Any] = {"lead": LeadCustom, "contact": ContactCustom}
"""The table of custom values by entity."""
