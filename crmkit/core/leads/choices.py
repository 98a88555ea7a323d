"""The records that leads name: fetched once for a batch, and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, bindparam, cast, select

from crmkit.core.access import check_assignable
from crmkit.core.contacts import known_contacts
from crmkit.core.db import join_texts
from crmkit.core.errors import UnknownChoiceError
from crmkit.core.leads.errors import WrongStageError
from crmkit.core.lost_reasons import LostReason
from crmkit.core.named import Named, need_named
from crmkit.core.origins import Campaign, Medium, Source
from crmkit.core.stages import Stage, Step, first_stage, is_stage_of
from crmkit.core.teams import Member, Team
from crmkit.core.uow import Role
from crmkit.core.users import User, known_users
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

    stages: Sequence[Step]
    named: Mapping[str, Mapping[str, int]]

    def stage(self, stage_id: int | None, team_id: int | None) -> Step:
        """The stage of that id, if the team may use it; without id its first."""
        if stage_id is None:
            return first_stage(self.stages, team_id)
        for stage in self.stages:
            if stage.id == stage_id:
                if not is_stage_of(stage, team_id):
                    raise WrongStageError(stage)
                return stage
        raise UnknownChoiceError("stage_id", stage_id)

    def id_of(self, field: str, name: str | None) -> int | None:
        """The id of the choice of that name, None for no name."""
        return None if not name else self.named[field].get(fold(name))


def fetch_choices(uow: UnitOfWork, drafts: Sequence[LeadDraft]) -> Choices:
    """What the leads of `drafts` name; raises where something is not there."""
    owners = _others(uow, (draft.owner_id for draft in drafts))
    stages = _stages(uow, _known(draft.team_id for draft in drafts), owners)
    _check_assignable(uow, owners)
    check_contacts(uow, {draft.contact_id for draft in drafts})
    named = {
        field: need_named(uow, kind, _names(drafts, field), role=Role.OWN)
        for field, kind in NAMED.items()
    }
    return Choices(stages, named)


def _stages(uow: UnitOfWork, teams: set[int], owners: set[int]) -> Sequence[Step]:
    """The stages in their order, and whether teams and owners are there: one query."""
    rows = uow.run(_steps, {"teams": list(teams), "owners": list(owners)}).all()
    if rows:
        _check_found("team_id", teams, _read_ids(rows[0].teams))
        _check_found("owner_id", owners, _read_ids(rows[0].owners))
    return rows


def _read_ids(text: str | None) -> set[int]:
    return set(map(int, text.split(","))) if text else set()


_team, _user, _stage = Team.__table__.c, User.__table__.c, Stage.__table__.c


def _there(column: Any, wanted: str, gone: Any) -> Any:
    """The ids among the parameter `wanted` that are there, in one text."""
    return (
        select(join_texts(cast(column, String), ","))
        .where(column.in_(bindparam(wanted, expanding=True)), gone.is_(None))
        .scalar_subquery()
        .label(wanted)
    )


_steps = (
    select(
        _stage.id,
        _stage.name,
        _stage.position,
        _stage.team_ids,
        _stage.probability,
        _stage.is_won,
        _stage.mail_template_id,
        _there(_team.id, "teams", _team.archived_at),
        _there(_user.id, "owners", _user.disabled_at),
    )
    .where(_stage.archived_at.is_(None))
    .order_by(_stage.position, _stage.id)
)


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
    wanted = _others(uow, ids)
    if wanted:
        _check_found("owner_id", wanted, known_users(uow, wanted))
        _check_assignable(uow, wanted)


def _others(uow: UnitOfWork, ids: Iterable[int | None]) -> set[int]:
    """The owners among `ids` besides the actor himself."""
    return _known(ids) - {uow.actor.id}


def _known(ids: Iterable[int | None]) -> set[int]:
    return {i for i in ids if i is not None}


def _check_assignable(uow: UnitOfWork, owners: Iterable[int]) -> None:
    colleagues: set[int] = set()
    if owners and uow.actor.role is Role.TEAM:
        members = select(Member.user_id).where(Member.team_id.in_(uow.actor.team_ids))
        colleagues = set(uow.session.scalars(members))
    for owner_id in owners:
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
