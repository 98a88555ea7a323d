"""The plugin's tables: counts, steps not yet counted, models, and who opted out."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003  (the mapping reads them)
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core import Contact, choice, plugin_base, references

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase

    Base = DeclarativeBase
else:
    Base = plugin_base("scoring")

NO_TEAM = 0


class Choice(StrEnum):
    """Which model answers; `auto` takes the one that was measured best."""

    AUTO = "auto"
    FREQUENCY = "frequency"
    LEARNED = "learned"
    STAGE = "stage"


class Model(StrEnum):
    """What an estimate comes from."""

    BASE = "base"
    FREQUENCY = "frequency"
    LEARNED = "learned"
    STAGE = "stage"


_CHOICE, _MODEL = choice(Choice), choice(Model)


class Config(Base):
    """The one row of choices. `best` is what `auto` takes, `trained_id` is learned.

    Leads created before `since` are not counted; `variables` names what is counted
    beside the stage, by the names of `VARIABLES`. `turn` rises with each rewriting of
    the counts, and `stamp` names them, so that a process may remember them.
    """

    __tablename__ = "scoring__config"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    choice: Mapped[Choice] = mapped_column(_CHOICE)
    since: Mapped[date | None]
    variables: Mapped[list[str]] = mapped_column(JSON)
    best: Mapped[Model | None] = mapped_column(_MODEL)
    trained_id: Mapped[int | None]
    turn: Mapped[int] = mapped_column(default=0)
    stamp: Mapped[str] = mapped_column(String(32), default="", server_default="")
    rebuilt_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]


class Frequency(Base):
    """How often a value was won and lost in a team, in tenths of a lead.

    `team_id` is 0 for leads without a team.
    """

    __tablename__ = "scoring__frequency"
    __table_args__ = (UniqueConstraint("team_id", "variable", "value"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int]
    variable: Mapped[str] = mapped_column(String(64))
    value: Mapped[str] = mapped_column(String(120))
    won: Mapped[int]
    lost: Mapped[int]


class Step(Base):
    """What closing or reopening a lead adds to the counts, until a job folds it in.

    Rows are only ever added here, so that two closings never wait for each other. Leads
    that closed in one action share one, that of the last of them.
    `deltas` holds lists of team, variable, value, won and lost.
    """

    __tablename__ = "scoring__step"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(unique=True)
    lead_id: Mapped[int]
    deltas: Mapped[list[Any]] = mapped_column(JSON)


class Trained(Base):
    """A learned model: `weights` is compressed JSON, `digest` its SHA-256 (hex).

    `card` says what it was trained on and how well it did on leads it had not seen.
    """

    __tablename__ = "scoring__trained"

    id: Mapped[int] = mapped_column(primary_key=True)
    trained_at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(24))
    digest: Mapped[str] = mapped_column(String(64))
    card: Mapped[dict[str, Any]] = mapped_column(JSON)
    weights: Mapped[bytes] = mapped_column(LargeBinary)


class OptOut(Base):
    """A contact whose leads are not profiled: they take their stage's default."""

    __tablename__ = "scoring__opt_out"

    contact_id: Mapped[int] = mapped_column(references(Contact.id), primary_key=True)
    at: Mapped[datetime]
