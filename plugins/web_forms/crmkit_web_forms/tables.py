"""The plugin's tables: forms, the versions of their consent texts, and answers."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (the mapping reads it)
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core import (
    Blob,
    Lead,
    LeadKind,
    Team,
    User,
    choice,
    plugin_base,
    references,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase

    Base = DeclarativeBase
else:
    Base = plugin_base("web_forms")


class AnswerState(StrEnum):
    """What became of an answer."""

    WAITING = "waiting"
    LEAD = "lead"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    FAILED = "failed"


class Form(Base):
    """A form: what it asks, where its leads go, how it is kept from robots.

    `fields` is a list of `{"name", "label", "help", "is_required"}`, `texts` holds by
    language `{"title", "intro", "button", "thanks"}`. `consent_version` is that of the
    consent text in force, 0 where none is asked. `secret` signs what its pages carry.
    `turned_away` counts what is not kept because one computer sends too often.
    """

    __tablename__ = "web_forms__form"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    is_open: Mapped[bool] = mapped_column(default=True)
    texts: Mapped[dict[str, dict[str, str]]] = mapped_column(JSON)
    fields: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    consent_version: Mapped[int] = mapped_column(default=0)
    team_id: Mapped[int | None] = mapped_column(
        references(Team.id, on_delete="SET NULL")
    )
    owner_id: Mapped[int | None] = mapped_column(
        references(User.id, on_delete="SET NULL")
    )
    kind: Mapped[LeadKind] = mapped_column(choice(LeadKind))
    source: Mapped[str | None] = mapped_column(String(120))
    medium: Mapped[str | None] = mapped_column(String(120))
    campaign: Mapped[str | None] = mapped_column(String(120))
    tags: Mapped[list[str]] = mapped_column(JSON)
    redirect: Mapped[str | None] = mapped_column(String(500))
    frame_hosts: Mapped[list[str]] = mapped_column(JSON)
    most_files: Mapped[int] = mapped_column(default=0)
    file_megabytes: Mapped[int] = mapped_column(default=5)
    least_seconds: Mapped[int] = mapped_column(default=3)
    per_hour: Mapped[int] = mapped_column(default=20)
    has_trap: Mapped[bool] = mapped_column(default=True)
    needs_proof: Mapped[bool] = mapped_column(default=False)
    mail_template_id: Mapped[int | None]
    turned_away: Mapped[int] = mapped_column(default=0)
    secret: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Consent(Base):
    """A version of a form's consent text, by language; it is never changed."""

    __tablename__ = "web_forms__consent"
    __table_args__ = (UniqueConstraint("form_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    form_id: Mapped[int] = mapped_column(ForeignKey(Form.id, ondelete="CASCADE"))
    version: Mapped[int]
    texts: Mapped[dict[str, str]] = mapped_column(JSON)
    created_at: Mapped[datetime]


class Answer(Base):
    """What somebody sent, as he typed it, and what became of it.

    It is written before anything is made of it. `key` tells the same sending from
    another, `digest` the same content. `address_hash` is of the sender's address, for
    counting. `repeats` counts how often the same was sent again. `reason` is a
    sentence with its parts. `same_as_id` is the answer that this one corrects.
    """

    __tablename__ = "web_forms__answer"
    __table_args__ = (
        UniqueConstraint("form_id", "key"),
        Index("ix_web_forms__answer_form", "form_id", "id"),
        Index("ix_web_forms__answer_address", "form_id", "address_hash", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    form_id: Mapped[int] = mapped_column(ForeignKey(Form.id, ondelete="CASCADE"))
    form_version: Mapped[int]
    key: Mapped[str] = mapped_column(String(80))
    digest: Mapped[str] = mapped_column(String(64))
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    language: Mapped[str] = mapped_column(String(8))
    way: Mapped[str] = mapped_column(String(24))
    origin: Mapped[dict[str, str]] = mapped_column(JSON)
    consent_id: Mapped[int | None] = mapped_column(ForeignKey(Consent.id))
    address_hash: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[AnswerState] = mapped_column(choice(AnswerState))
    reason: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    trace: Mapped[str | None] = mapped_column(Text)
    repeats: Mapped[int] = mapped_column(default=0)
    same_as_id: Mapped[int | None] = mapped_column(
        ForeignKey("web_forms__answer.id", ondelete="SET NULL")
    )
    lead_id: Mapped[int | None] = mapped_column(references(Lead.id), index=True)
    created_at: Mapped[datetime]
    processed_at: Mapped[datetime | None]


class AnswerFile(Base):
    """A file that came with an answer."""

    __tablename__ = "web_forms__answer_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(
        ForeignKey(Answer.id, ondelete="CASCADE"), index=True
    )
    blob_id: Mapped[int] = mapped_column(
        references(Blob.id, on_delete="RESTRICT"), index=True
    )
    name: Mapped[str] = mapped_column(String(255))
