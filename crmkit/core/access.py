"""Who sees what: one rule over an owner and a team, for every lookup, list and sum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, or_, true

from crmkit.core.errors import CrmError, mark
from crmkit.core.uow import Role

if TYPE_CHECKING:
    from collections.abc import Collection

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "OtherOwnerError",
]


class OtherOwnerError(CrmError):
    """The actor's role does not let him give a record to that user."""

    def __init__(self) -> None:
        super().__init__(
            mark("Your role does not let you assign to this person."),
            field="owner_id",
        )


def in_scope(uow: UnitOfWork, owner: Any, team: Any) -> ColumnElement[bool]:
    """The criterion, over the columns of owner and team, of what the actor may see.

    `own`: owned by him, or by nobody in his teams. `team`: also all of his teams.
    The higher roles see everything.
    """
    actor = uow.actor
    if actor.role.rank >= Role.ALL.rank:
        return true()
    in_teams = team.in_(actor.team_ids)
    if actor.role is Role.TEAM:
        return or_(owner == actor.id, in_teams)
    return or_(owner == actor.id, and_(owner.is_(None), in_teams))


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
