"""Who sees what: one rule over an owner and a team, for every lookup, list and sum.

`GRANTS` is the rule; `in_scope` says it in SQL, `holds` of one record in memory.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, or_, true

from crmkit.core.errors import CrmError, mark
from crmkit.core.uow import Role

if TYPE_CHECKING:
    from collections.abc import Collection

    from crmkit.core.uow import Actor, Reach, UnitOfWork

__all__ = [
    "Grant",
    "OtherOwnerError",
    "OutOfSightError",
]


class Grant(StrEnum):
    """A reason for which somebody sees a record."""

    EVERYTHING = "sees_everything"
    OWNER = "is_owner"
    UNOWNED = "unowned_in_his_team"
    TEAM = "in_his_team"


GRANTS: dict[Role, tuple[Grant, ...]] = {
    Role.OWN: (Grant.OWNER, Grant.UNOWNED),
    Role.TEAM: (Grant.OWNER, Grant.TEAM),
    Role.ALL: (Grant.EVERYTHING,),
    Role.MANAGER: (Grant.EVERYTHING,),
    Role.ADMIN: (Grant.EVERYTHING,),
}
"""For which reasons each role sees a record; one of them is enough."""


class OtherOwnerError(CrmError):
    """The actor's role does not let him give a record to that user."""

    def __init__(self) -> None:
        super().__init__(
            mark("Your role does not let you assign to this person."),
            field="owner_id",
        )


class OutOfSightError(CrmError):
    """The change would give a record away to where the actor does not see it."""

    def __init__(self) -> None:
        super().__init__(
            mark("Your role does not let you give this away to another team."),
            field="team_id",
        )


def in_scope(uow: UnitOfWork, owner: Any, team: Any) -> ColumnElement[bool]:
    """The criterion, over the columns of owner and team, of what the actor may see."""
    return in_reach(uow.actor.reach, owner, team)


def in_reach(reach: Reach, owner: Any, team: Any) -> ColumnElement[bool]:
    """The same for an actor's reach, by which statements are kept."""
    found = [_says(grant, reach, owner, team) for grant in GRANTS[reach.role]]
    return or_(*found) if len(found) > 1 else found[0]


def _says(grant: Grant, reach: Reach, owner: Any, team: Any) -> ColumnElement[bool]:
    match grant:
        case Grant.EVERYTHING:
            return true()
        case Grant.OWNER:
            return owner == reach.user_id  # type: ignore[no-any-return]  # of a column
        case Grant.UNOWNED:
            return and_(owner.is_(None), team.in_(reach.team_ids))
        case Grant.TEAM:
            return team.in_(reach.team_ids)  # type: ignore[no-any-return]  # the same


def holds(
    grant: Grant, actor: Actor, owner_id: int | None, team_id: int | None
) -> bool:
    """Whether `actor` sees a record of that owner and team for the reason `grant`."""
    match grant:
        case Grant.EVERYTHING:
            return True
        case Grant.OWNER:
            return owner_id is not None and owner_id == actor.id
        case Grant.UNOWNED:
            return owner_id is None and team_id in actor.team_ids
        case Grant.TEAM:
            return team_id in actor.team_ids


def can_see(actor: Actor, owner_id: int | None, team_id: int | None) -> bool:
    """Whether `actor` sees a record of that owner and team."""
    return any(holds(grant, actor, owner_id, team_id) for grant in GRANTS[actor.role])


def check_in_sight(uow: UnitOfWork, owner_id: int | None, team_id: int | None) -> None:
    """Raise OutOfSightError where the actor would not see such a record."""
    if not can_see(uow.actor, owner_id, team_id):
        raise OutOfSightError


def can_delete(actor: Actor, owner_id: int | None, created_by_id: int | None) -> bool:
    """Whether `actor` deletes a record that he sees: below `all`, what is his."""
    return actor.can_be(Role.ALL) or actor.id in {owner_id, created_by_id}


def check_assignable(
    uow: UnitOfWork, owner_id: int | None, colleagues: Collection[int]
) -> None:
    """Raise OtherOwnerError unless the actor may make `owner_id` an owner.

    `colleagues` are the ids of the members of his teams.
    """
    actor = uow.actor
    if owner_id is None or owner_id == actor.id or actor.can_be(Role.ALL):
        return
    if actor.role is Role.TEAM and owner_id in colleagues:
        return
    raise OtherOwnerError
