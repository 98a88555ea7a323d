"""The records that leads name: fetched once for a batch, and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import String, cast, func, select

from crmkit.core.access import check_assignable
from crmkit.core.contacts import known_contacts
from crmkit.core.leads.errors import UnknownChoiceError, WrongStageError
from crmkit.core.lost_reasons import LostReason
from crmkit.core.named import Named, need_named
from crmkit.core.origins import Campaign, Medium, Source
from crmkit.core.stages import Stage, first_stage
from crmkit.core.teams import Member, Team
from crmkit.core.uow import Role
from crmkit.core.users import User
from crmkit.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crmkit.core.leads.draft import LeadDraft
    from crmkit.core.uow import UnitOfWork

NAMED: Mapping[str, type[Named]] = {
    "source": Source,
    "medium": Medium,
    "campaign": Campaign,
    "lost_reason": LostReason,
}


@dataclass(frozen=True, slots=True)
class Choices:
    """The stages in order, and the ids of named choices by field and folded name."""

    stages: list[Stage]
    named: Mapping[str, Mapping[str, int]]

    def stage(self, stage_id: int | None, team_id: int | None) -> Stage:
        """The stage of that id, if the team may use it; without id its first."""
        if stage_id is None:
            return first_stage(self.stages, team_id)
        for stage in self.stages:
            if stage.id == stage_id:
                if stage.team_id not in {None, team_id}:
                    raise WrongStageError(stage)
                return stage
        raise UnknownChoiceError("stage_id", stage_id)

    def id_of(self, field: str, name: str | None) -> int | None:
        """The id of the choice of that name, None for no name."""
        return None if not name else self.named[field].get(fold(name))


def fetch_choices(uow: UnitOfWork, drafts: Sequence[LeadDraft]) -> Choices:
    """What the leads of `drafts` name; raises where something is not there."""
    stages = _stages(uow, {draft.team_id for draft in drafts} - {None})
    check_owners(uow, {draft.owner_id for draft in drafts})
    check_contacts(uow, {draft.contact_id for draft in drafts})
    named = {
        field: need_named(uow, kind, _names(drafts, field), role=Role.OWN)
        for field, kind in NAMED.items()
    }
    return Choices(stages, named)


def _stages(uow: UnitOfWork, teams: set[int | None]) -> list[Stage]:
    """The stages in their order, and a look at whether `teams` are there: one query."""
    there = select(func.aggregate_strings(cast(Team.id, String), ",")).where(
        Team.id.in_(teams), Team.archived_at.is_(None)
    )
    rows = uow.session.execute(
        select(Stage, there.scalar_subquery())
        .where(Stage.archived_at.is_(None))
        .order_by(Stage.position, Stage.id)
    ).all()
    if rows and teams:
        found = {int(team) for team in (rows[0][1] or "").split(",") if team}
        _check_found("team_id", {i for i in teams if i is not None}, found)
    return [stage for stage, _ in rows]


def _names(drafts: Sequence[LeadDraft], field: str) -> list[str]:
    names = {getattr(draft, field, None) for draft in drafts}
    return sorted(name for name in names if name)


def check_teams(uow: UnitOfWork, ids: Iterable[int | None]) -> None:
    """Raise UnknownChoiceError for a team that is not there."""
    wanted = {i for i in ids if i is not None}
    if wanted:
        query = select(Team.id).where(Team.id.in_(wanted), Team.archived_at.is_(None))
        _check_found("team_id", wanted, uow.session.scalars(query))


def check_owners(uow: UnitOfWork, ids: Iterable[int | None]) -> None:
    """Raise for an owner who is not there or whom the actor may not assign to."""
    wanted = {i for i in ids if i is not None and i != uow.actor.id}
    if not wanted:
        return
    query = select(User.id).where(User.id.in_(wanted), User.disabled_at.is_(None))
    _check_found("owner_id", wanted, uow.session.scalars(query))
    colleagues: set[int] = set()
    if uow.actor.role is Role.TEAM:
        members = select(Member.user_id).where(Member.team_id.in_(uow.actor.team_ids))
        colleagues = set(uow.session.scalars(members))
    for owner_id in wanted:
        check_assignable(uow, owner_id, colleagues)


def check_contacts(uow: UnitOfWork, ids: Iterable[int | None]) -> None:
    """Raise UnknownChoiceError for a contact that the actor cannot see."""
    wanted = {i for i in ids if i is not None}
    if wanted:
        _check_found("contact_id", wanted, known_contacts(uow, wanted))


def _check_found(field: str, wanted: set[int], found: Iterable[int]) -> None:
    missing = wanted - set(found)
    if missing:
        raise UnknownChoiceError(field, min(missing))
