"""Stages: the steps of the pipeline, shared or of some teams."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar

from pydantic import AfterValidator, Field, model_validator
from sqlalchemy import String, bindparam, column, func, or_, select, table
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base
from crmkit.core.drafts import Draft, Number, RecordId, Whole, YesNo
from crmkit.core.edits import Based, apply_edit
from crmkit.core.errors import CrmError, NotFoundError, mark
from crmkit.core.events import Fact, Values, record
from crmkit.core.revisions import SETUP, raise_revision
from crmkit.core.types import Ids, Percent
from crmkit.core.uow import Role
from crmkit.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "KnownStage",
    "NoStageError",
    "Stage",
    "StageDraft",
    "StageInUseError",
    "add_stage",
    "archive_stage",
    "edit_stage",
    "get_stage",
    "is_stage_of",
    "list_archived_stages",
    "list_stages",
    "order_stages",
    "restore_stage",
]

TeamIds = Annotated[
    tuple[RecordId, ...],
    Field(max_length=50),
    AfterValidator(lambda ids: tuple(sorted(set(ids)))),
]
PercentValue = Annotated[Number, Field(ge=0, le=100, decimal_places=2)]


class Stage(Base):
    """A step of the pipeline. `probability` is the default of leads that stand here.

    Without `team_ids` all teams share it, else only leads of these stand here.
    """

    __tablename__ = "stage"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    name_folded: Mapped[str] = mapped_column(String(120), index=True)
    team_ids: Mapped[tuple[int, ...]] = mapped_column(Ids, default=())
    probability: Mapped[Decimal] = mapped_column(Percent)
    is_won: Mapped[bool] = mapped_column(default=False)
    requires_lost_reason: Mapped[bool] = mapped_column(default=False)
    rotting_days: Mapped[int | None]
    guidance: Mapped[str] = mapped_column(String(500), default="")
    is_folded: Mapped[bool] = mapped_column(default=False)
    mail_template_id: Mapped[int | None]
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class KnownStage:
    """What units remember of a stage in use (`uow.catalogue.stages`)."""

    id: int
    name: str
    position: int
    team_ids: tuple[int, ...]
    probability: Decimal
    is_won: bool
    rotting_days: int | None


class Step(Protocol):
    """Of a stage, what decides whether a lead may stand there: object or row."""

    @property
    def id(self) -> Any:
        """Its number."""

    @property
    def name(self) -> Any:
        """What it is called."""

    @property
    def position(self) -> Any:
        """Where it stands in the pipeline."""

    @property
    def team_ids(self) -> Any:
        """The teams whose it is, none for a shared one."""

    @property
    def probability(self) -> Any:
        """The default of leads that stand there."""

    @property
    def is_won(self) -> Any:
        """Whether leads that stand there are won."""

    @property
    def mail_template_id(self) -> Any:
        """The template of the mail to customers whose lead comes there, or None."""


_S = TypeVar("_S", bound=Step)


class StageDraft(Draft):
    """What is needed for a new stage; without `position` it becomes the last.

    A `team_id` that is given stands for `team_ids` of one team, or of none.
    """

    name: str = Field(min_length=1, max_length=120)
    position: Whole | None = Field(default=None, ge=0, le=1_000_000)
    team_ids: TeamIds = ()
    probability: PercentValue = Decimal(10)
    is_won: YesNo = False
    requires_lost_reason: YesNo = False
    rotting_days: Whole | None = Field(default=None, ge=1, le=3650)
    guidance: str = Field(default="", max_length=500)
    is_folded: YesNo = False
    mail_template_id: RecordId | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_team(cls, values: Any) -> Any:
        if not isinstance(values, dict) or "team_id" not in values:
            return values
        rest = {name: value for name, value in values.items() if name != "team_id"}
        team = values["team_id"]
        return rest | {"team_ids": () if team is None else (team,)}


class NoStageError(CrmError):
    """There is no stage that a lead could stand in."""

    def __init__(self) -> None:
        super().__init__(
            mark("There is no stage yet. A manager has to add one first."),
            field="stage_id",
        )


class NoWonStageError(CrmError):
    """The pipeline has no stage that means won."""

    def __init__(self) -> None:
        super().__init__(
            mark("No stage of this pipeline means “won”. A manager has to add one.")
        )


class NoTeamError(CrmError):
    """The team that a stage is to be of is not there."""

    def __init__(self) -> None:
        super().__init__(mark("There is no such team."), field="team_ids")


class StageInUseError(CrmError):
    """Leads stand in the stage."""

    status = HTTPStatus.CONFLICT

    def __init__(self, stage: Stage, count: int) -> None:
        super().__init__(
            mark("{count} leads stand in {stage}. Move them first."),
            stage=stage.name,
            count=count,
        )


class OtherTeamsError(CrmError):
    """Leads of other teams stand in a stage that is to be of some."""

    status = HTTPStatus.CONFLICT

    def __init__(self, stage: Stage, count: int) -> None:
        super().__init__(
            mark("{count} leads of other teams stand in {stage}. Move them first."),
            field="team_ids",
            stage=stage.name,
            count=count,
        )


def get_stage(uow: UnitOfWork, stage_id: int, *, archived: bool = False) -> Stage:
    """The stage of that id, if it is in use; with `archived` also one that is not."""
    stage = uow.session.scalar(_by_id, {"stage_id": stage_id})
    if stage is None or not (archived or stage.archived_at is None):
        raise NotFoundError("stage", stage_id)
    return stage


# A statement that is kept costs half of what the session builds for each call.
_by_id = select(Stage).where(Stage.id == bindparam("stage_id"))


def list_stages(uow: UnitOfWork, team_id: int | None = None) -> list[Stage]:
    """The stages in their order: all, or with `team_id` the shared and the team's."""
    stages = list(uow.session.scalars(_in_use))
    if team_id is None:
        return stages
    return [stage for stage in stages if is_stage_of(stage, team_id)]


_in_use = (
    select(Stage).where(Stage.archived_at.is_(None)).order_by(Stage.position, Stage.id)
)


def read_known_stages(session: Session) -> tuple[KnownStage, ...]:
    """The stages in use, in their order, for units to remember."""
    columns = (getattr(Stage, name) for name in KnownStage.__slots__)
    rows = session.execute(_in_use.with_only_columns(*columns))
    return tuple(KnownStage(*row) for row in rows)


def list_archived_stages(uow: UnitOfWork) -> list[Stage]:
    """The stages that were taken out of the pipeline, in their order."""
    query = select(Stage).where(Stage.archived_at.is_not(None))
    return list(uow.session.scalars(query.order_by(Stage.position, Stage.id)))


def is_stage_of(stage: Step | KnownStage, team_id: int | None) -> bool:
    """Whether leads of the team, None for those without, may stand in `stage`."""
    return not stage.team_ids or team_id in stage.team_ids


def first_stage(stages: Sequence[_S], team_id: int | None) -> _S:
    """The first stage of `stages` in which an open lead of the team may stand."""
    for stage in stages:
        if is_stage_of(stage, team_id) and not stage.is_won:
            return stage
    raise NoStageError


def won_stage(stages: Sequence[_S], team_id: int | None, position: int) -> _S:
    """The won stage of the team that comes next after `position`, else the last."""
    won = [s for s in stages if s.is_won and is_stage_of(s, team_id)]
    if not won:
        raise NoWonStageError
    return next((stage for stage in won if stage.position >= position), won[-1])


def add_stage(uow: UnitOfWork, draft: StageDraft) -> Stage:
    """A new stage. Only a manager may add one."""
    uow.require(Role.MANAGER)
    _check_teams(uow, draft.team_ids)
    position = draft.position
    if position is None:
        last = uow.session.scalar(select(func.max(Stage.position)))
        position = (last or 0) + 10
    values = draft.model_dump(exclude={"position"})
    stage = Stage(
        **values,
        position=position,
        name_folded=fold(draft.name),
        created_at=uow.now(),
    )
    if stage.is_won:
        stage.probability = Decimal(100)
    uow.session.add(stage)
    uow.session.flush()
    facts: Values = {"name": (None, stage.name), "position": (None, position)}
    _record(uow, stage, "stage.created", facts)
    return stage


def _record(uow: UnitOfWork, stage: Stage, kind: str, values: Values) -> None:
    """Write down what became of `stage`, for every process to see."""
    record(uow, [Fact(kind, "stage", stage.id, stage.version, values)])
    raise_revision(uow, SETUP)


def edit_stage(
    uow: UnitOfWork, stage: Stage, draft: StageDraft, based_on: Based = None
) -> None:
    """Give `stage` the values of `draft`. Leads that stand there keep theirs.

    Raises StaleError when a field that differs was changed after `based_on`, and
    OtherTeamsError where leads stand here that are of none of its new teams.
    """
    uow.require(Role.MANAGER)
    _check_teams(uow, draft.team_ids)
    values = draft.model_dump()
    if values["position"] is None:
        values["position"] = stage.position
    if values["is_won"]:
        values["probability"] = Decimal(100)
    if values["team_ids"] != stage.team_ids:
        _check_standing(uow, stage, draft.team_ids)
    changed = apply_edit(uow, "stage", stage, values, based_on)
    if changed:
        stage.name_folded = fold(stage.name)
        stage.version += 1
        uow.session.flush()
        _record(uow, stage, "stage.changed", changed)


def order_stages(uow: UnitOfWork, ids: Sequence[int]) -> None:
    """Put the stages of `ids` into this order, before those that it does not name."""
    uow.require(Role.MANAGER)
    every = {stage.id: stage for stage in list_stages(uow)}
    named = [every.pop(one) for one in dict.fromkeys(ids) if one in every]
    facts = []
    for index, stage in enumerate([*named, *every.values()], start=1):
        old, stage.position = stage.position, index * 10
        if old != stage.position:
            stage.version += 1
            values = {"position": (old, stage.position)}
            fact = Fact("stage.changed", "stage", stage.id, stage.version, values)
            facts.append(fact)
    uow.session.flush()
    record(uow, facts)
    raise_revision(uow, SETUP)


_lead = table("lead", *map(column, ("stage_id", "team_id", "status", "deleted_at")))
_team = table("team", column("id"))


def _check_teams(uow: UnitOfWork, team_ids: tuple[int, ...]) -> None:
    if not team_ids:
        return
    there = uow.session.scalars(select(_team.c.id).where(_team.c.id.in_(team_ids)))
    if len(there.all()) < len(team_ids):
        raise NoTeamError


def _check_standing(uow: UnitOfWork, stage: Stage, team_ids: tuple[int, ...]) -> None:
    """Raise OtherTeamsError where leads that are of none of the teams stand here.

    Lost leads, and those in the bin, find a stage of their team as they come back.
    """
    if not team_ids:
        return
    team = _lead.c.team_id
    query = select(func.count()).where(
        _lead.c.stage_id == stage.id,
        _lead.c.status != "lost",
        _lead.c.deleted_at.is_(None),
        or_(team.is_(None), team.not_in(team_ids)),
    )
    if count := uow.session.scalar(query):
        raise OtherTeamsError(stage, count)


def archive_stage(uow: UnitOfWork, stage: Stage) -> None:
    """Take `stage` out of the pipeline.

    Raises StageInUseError while leads stand in it.
    """
    uow.require(Role.MANAGER)
    # Those in the bin too: they come back to where they stood.
    standing = select(func.count()).select_from(_lead)
    count = uow.session.scalar(standing.where(_lead.c.stage_id == stage.id))
    if count:
        raise StageInUseError(stage, count)
    stage.archived_at = uow.now()
    stage.version += 1
    uow.session.flush()
    _record(uow, stage, "stage.archived", {})


def restore_stage(uow: UnitOfWork, stage: Stage) -> None:
    """Bring an archived stage back to its place in the pipeline."""
    uow.require(Role.MANAGER)
    if stage.archived_at is not None:
        stage.archived_at = None
        stage.version += 1
        uow.session.flush()
        _record(uow, stage, "stage.restored", {})
