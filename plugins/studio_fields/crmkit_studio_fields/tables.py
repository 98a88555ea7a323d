"""The plugin's tables: where fields stand, and from which stage on they are needed."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (the mapping reads it)
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core import Stage, Team, plugin_base, references

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase

    Base = DeclarativeBase
else:
    Base = plugin_base("studio_fields")


class Layout(Base):
    """The groups of an entity's fields, for one team or for all that have no own.

    `groups` is a list of `{"label": …, "fields": [slug, …]}`.
    """

    __tablename__ = "studio_fields__layout"
    __table_args__ = (Index("ix_studio_fields__layout_entity", "entity", "team_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    entity: Mapped[str] = mapped_column(String(24))
    team_id: Mapped[int | None] = mapped_column(references(Team.id))
    groups: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    updated_at: Mapped[datetime]


class Demand(Base):
    """A lead that goes to a stage, or past it, needs a value in a field."""

    __tablename__ = "studio_fields__demand"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    stage_id: Mapped[int] = mapped_column(references(Stage.id), index=True)
