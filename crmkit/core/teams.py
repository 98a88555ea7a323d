"""Teams and their members."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import Field
from sqlalchemy import ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base
from crmkit.core.drafts import Draft, RecordId, Whole
from crmkit.core.edits import Based, apply_edit, stale_fields
from crmkit.core.errors import CrmError, NotFoundError, mark
from crmkit.core.events import Fact, Values, record
from crmkit.core.uow import Role
from crmkit.core.users import User, get_user
from crmkit.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "Member",
    "MemberDraft",
    "Team",
    "TeamDraft",
    "add_member",
    "add_members",
    "add_team",
    "archive_team",
    "edit_member",
    "edit_team",
    "get_member",
    "get_membership",
    "get_team",
    "list_members",
    "list_teams",
    "member_counts",
    "remove_member",
    "restore_team",
    "teams_of",
]


class Team(Base):
    """A sales team: leads and members belong to it."""

    __tablename__ = "team"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(String(120))
    name_folded: Mapped[str] = mapped_column(String(120), unique=True)
    leader_id: Mapped[int | None] = mapped_column(ForeignKey("crm_user.id"))
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class Member(Base):
    """A user in a team, with how many leads he takes in 30 days."""

    __tablename__ = "member"
    __table_args__ = (UniqueConstraint("team_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(
        ForeignKey("crm_user.id", ondelete="CASCADE"), index=True
    )
    capacity: Mapped[int] = mapped_column(default=30)


class TeamDraft(Draft):
    """What is needed for a new team."""

    name: str = Field(min_length=1, max_length=120)
    leader_id: RecordId | None = None


class MemberDraft(Draft):
    """A user to be taken into a team."""

    user_id: RecordId
    capacity: Whole = Field(default=30, ge=0, le=100_000)


class TeamTakenError(CrmError):
    """Another team has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            mark("There is a team named {name} already."), field="name", name=name
        )


class AlreadyMemberError(CrmError):
    """The user is in the team already."""

    def __init__(self, user: User, team: Team) -> None:
        super().__init__(
            mark("{user} is a member of {team} already."),
            field="user_id",
            user=user.name,
            team=team.name,
        )


class OneTeamError(CrmError):
    """People are in one team, and the user is in another already."""

    def __init__(self, user: User, team_name: str) -> None:
        super().__init__(
            mark("{user} is in {team} already, and people are in one team here."),
            field="user_id",
            user=user.name,
            team=team_name,
        )


def get_team(uow: UnitOfWork, team_id: int) -> Team:
    """The team of that id."""
    team = uow.session.get(Team, team_id)
    if team is None:
        raise NotFoundError("team", team_id)
    return team


def list_teams(uow: UnitOfWork, *, archived: bool = False) -> list[Team]:
    """Every team that is in use, or with `archived` that is not, by name."""
    there = Team.archived_at.is_not(None) if archived else Team.archived_at.is_(None)
    query = select(Team).where(there).order_by(Team.name_folded, Team.id)
    return list(uow.session.scalars(query))


def list_members(uow: UnitOfWork, team: Team) -> list[tuple[Member, User]]:
    """The members of `team` with their users, by name."""
    rows = uow.session.execute(
        select(Member, User)
        .join(User, User.id == Member.user_id)
        .where(Member.team_id == team.id)
        .order_by(User.name_folded, User.id)
    )
    return [(member, user) for member, user in rows]


def member_counts(uow: UnitOfWork) -> dict[int, int]:
    """How many members each team has that has any, by team id."""
    counted = select(Member.team_id, func.count()).group_by(Member.team_id)
    rows = uow.session.execute(counted)
    return {team_id: count for team_id, count in rows}  # noqa: C416  (a Result has keys)


def teams_of(uow: UnitOfWork, user: User) -> list[Team]:
    """The teams in use that `user` is in, by name."""
    query = select(Team).join(Member, Member.team_id == Team.id)
    query = query.where(Member.user_id == user.id, Team.archived_at.is_(None))
    return list(uow.session.scalars(query.order_by(Team.name_folded, Team.id)))


def add_team(uow: UnitOfWork, draft: TeamDraft) -> Team:
    """A new team. Only a manager may add one."""
    uow.require(Role.MANAGER)
    _check_name_is_free(uow, draft.name, but=None)
    if draft.leader_id is not None:
        get_user(uow, draft.leader_id)
    team = Team(
        name=draft.name,
        name_folded=fold(draft.name),
        leader_id=draft.leader_id,
        created_at=uow.now(),
    )
    uow.session.add(team)
    uow.session.flush()
    record(uow, [Fact("team.created", "team", team.id, 1, {"name": (None, team.name)})])
    return team


def edit_team(
    uow: UnitOfWork, team: Team, draft: TeamDraft, based_on: Based = None
) -> None:
    """Give `team` another name or leader. Only a manager may.

    Raises StaleError when what differs was changed after `based_on`.
    """
    uow.require(Role.MANAGER)
    _check_name_is_free(uow, draft.name, but=team.id)
    if draft.leader_id is not None:
        get_user(uow, draft.leader_id)
    changed = apply_edit(uow, "team", team, draft.model_dump(), based_on)
    if changed:
        team.name_folded = fold(team.name)
        team.version += 1
        uow.session.flush()
        record(uow, [Fact("team.changed", "team", team.id, team.version, changed)])


def archive_team(uow: UnitOfWork, team: Team) -> None:
    """Take `team` out of every choice; its leads and members stay."""
    uow.require(Role.MANAGER)
    if team.archived_at is None:
        team.archived_at = uow.now()
        team.version += 1
        uow.session.flush()
        record(uow, [Fact("team.archived", "team", team.id, team.version, {})])


def restore_team(uow: UnitOfWork, team: Team) -> None:
    """Bring an archived team back into every choice. Only a manager may."""
    uow.require(Role.MANAGER)
    if team.archived_at is not None:
        team.archived_at = None
        team.version += 1
        uow.session.flush()
        record(uow, [Fact("team.restored", "team", team.id, team.version, {})])


def _check_name_is_free(uow: UnitOfWork, name: str, *, but: int | None) -> None:
    found = uow.session.scalar(select(Team.id).where(Team.name_folded == fold(name)))
    if found is not None and found != but:
        raise TeamTakenError(name)


def add_member(uow: UnitOfWork, team: Team, draft: MemberDraft) -> Member:
    """Take a user into `team`. Only a manager may."""
    uow.require(Role.MANAGER)
    user = get_user(uow, draft.user_id)
    known = uow.session.scalar(
        select(Member.id).where(Member.team_id == team.id, Member.user_id == user.id)
    )
    if known is not None:
        raise AlreadyMemberError(user, team)
    if not uow.settings.several_teams:
        _check_alone(uow, user)
    return add_members(uow, [(team.id, user.id)], capacity=draft.capacity)[0]


def _check_alone(uow: UnitOfWork, user: User) -> None:
    query = select(Team.name).join(Member, Member.team_id == Team.id)
    there = query.where(Member.user_id == user.id, Team.archived_at.is_(None))
    name = uow.session.scalar(there.limit(1))
    if name is not None:
        raise OneTeamError(user, name)


def add_members(
    uow: UnitOfWork, pairs: Sequence[tuple[int, int]], *, capacity: int = 30
) -> list[Member]:
    """Take users into teams, as pairs of team id and user id that are not there yet."""
    uow.require(Role.MANAGER)
    members = [
        Member(team_id=team_id, user_id=user_id, capacity=capacity)
        for team_id, user_id in pairs
    ]
    uow.session.add_all(members)
    uow.session.flush()
    record(
        uow,
        [
            Fact("team.joined", "team", m.team_id, 0, {"user_id": (None, m.user_id)})
            for m in members
        ],
    )
    return members


def get_member(uow: UnitOfWork, team: Team, user: User) -> Member:
    """`user` as a member of `team`."""
    query = select(Member).where(Member.team_id == team.id, Member.user_id == user.id)
    member = uow.session.scalar(query)
    if member is None:
        raise NotFoundError("member", user.id)
    return member


def get_membership(uow: UnitOfWork, member_id: int) -> tuple[Member, User]:
    """The member of that number and who it is."""
    member = uow.session.get(Member, member_id)
    if member is None:
        raise NotFoundError("member", member_id)
    return member, get_user(uow, member.user_id)


def edit_member(
    uow: UnitOfWork, member: Member, draft: MemberDraft, based_on: Based = None
) -> None:
    """Give a member another capacity. Only a manager may.

    Raises StaleError when it was changed after `based_on`: there is nothing else of a
    member that could have been.
    """
    uow.require(Role.MANAGER)
    if member.capacity == draft.capacity:
        return
    changed: Values = {"capacity": (member.capacity, draft.capacity)}
    if based_on is not None and based_on < member.version:
        raise stale_fields(("member", member.id), changed, changed)
    member.capacity = draft.capacity
    member.version += 1
    uow.session.flush()
    values = {"user_id": (None, member.user_id), **changed}
    record(uow, [Fact("team.member_changed", "team", member.team_id, 0, values)])


def remove_member(uow: UnitOfWork, team: Team, user: User) -> None:
    """Take `user` out of `team`; his leads stay where they are."""
    uow.require(Role.MANAGER)
    member = get_member(uow, team, user)
    uow.session.delete(member)
    uow.session.flush()
    values = {"user_id": (user.id, None)}
    record(uow, [Fact("team.left", "team", team.id, team.version, values)])
