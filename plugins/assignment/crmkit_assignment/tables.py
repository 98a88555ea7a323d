"""The plugin's tables: rules of teams and members, and runs with their lines."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (the mapping reads it)
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core import Lead, Team, User, choice, plugin_base, references
from crmkit_assignment.planning import Why

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase

    Base = DeclarativeBase
else:
    Base = plugin_base("assignment")


class RunState(StrEnum):
    """How far a run is."""

    PLANNING = "planning"
    PLANNED = "planned"
    APPLYING = "applying"
    APPLIED = "applied"
    UNDONE = "undone"


class TeamRule(Base):
    """Which leads a team is given; without a row all, an empty filter means all.

    A team that `merges` has one lead for each mail address, where it can.
    """

    __tablename__ = "assignment__team_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(references(Team.id), unique=True)
    filter: Mapped[str] = mapped_column(String(4000), default="")
    is_out: Mapped[bool] = mapped_column(default=False)
    merges: Mapped[bool] = mapped_column(default=False, server_default=false())


class MemberRule(Base):
    """Which leads a member is given, how many a day, and when he is there.

    `weekdays` are those he works on, 0 for Monday; `absences` are pairs of ISO days.
    """

    __tablename__ = "assignment__member_rule"
    __table_args__ = (UniqueConstraint("team_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(references(Team.id))
    user_id: Mapped[int] = mapped_column(references(User.id), index=True)
    filter: Mapped[str] = mapped_column(String(4000), default="")
    preferred: Mapped[str] = mapped_column(String(4000), default="")
    is_out: Mapped[bool] = mapped_column(default=False)
    daily: Mapped[int | None]
    weekdays: Mapped[list[int]] = mapped_column(JSON, default=lambda: [0, 1, 2, 3, 4])
    absences: Mapped[list[Any]] = mapped_column(JSON, default=list)


class Options(Base):
    """The one row of what holds for every run; who applies a plan locks it."""

    __tablename__ = "assignment__options"

    id: Mapped[int] = mapped_column(primary_key=True)
    is_scheduled: Mapped[bool] = mapped_column(default=False)
    on_arrival: Mapped[bool] = mapped_column(default=False)
    same_company: Mapped[bool] = mapped_column(default=True)
    min_age_hours: Mapped[int] = mapped_column(default=0)
    max_age_days: Mapped[int] = mapped_column(default=0)


class Run(Base):
    """One plan: made, looked at, applied, maybe undone.

    `report` holds the loads of members before and after, as the plan has them.
    """

    __tablename__ = "assignment__run"

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[RunState] = mapped_column(choice(RunState))
    is_dry: Mapped[bool]
    is_forced: Mapped[bool]
    seed: Mapped[int]
    team_id: Mapped[int | None]
    job_id: Mapped[int | None]
    change_id: Mapped[str] = mapped_column(String(32))
    leads: Mapped[int] = mapped_column(default=0)
    given: Mapped[int] = mapped_column(default=0)
    applied: Mapped[int] = mapped_column(default=0)
    report: Mapped[list[Any]] = mapped_column(JSON, default=list)
    created_by_id: Mapped[int | None] = mapped_column(
        references(User.id, on_delete="SET NULL"), index=True
    )
    created_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]


class RunLine(Base):
    """What a run says of one lead; `is_done` once it was given, or merged into another.

    A line with `into_id` merges its lead into that one.
    """

    __tablename__ = "assignment__run_line"
    __table_args__ = (
        UniqueConstraint("run_id", "lead_id"),
        Index("ix_assignment__run_line_run", "run_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(
        ForeignKey("assignment__run.id", ondelete="CASCADE")
    )
    lead_id: Mapped[int] = mapped_column(references(Lead.id), index=True)
    version: Mapped[int]
    team_id: Mapped[int | None]
    owner_id: Mapped[int | None]
    why: Mapped[Why] = mapped_column(choice(Why))
    detail: Mapped[str] = mapped_column(String(500), default="")
    into_id: Mapped[int | None]
    is_done: Mapped[bool] = mapped_column(default=False)
