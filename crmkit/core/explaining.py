"""Why somebody may see, edit, delete or assign a lead, or why not, in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select

from crmkit.core.access import GRANTS, Grant, can_delete, holds, in_scope
from crmkit.core.errors import ForbiddenError, NotFoundError, mark
from crmkit.core.leads import Lead
from crmkit.core.opening import Who, read_opening
from crmkit.core.teams import Team
from crmkit.core.uow import Actor, Role
from crmkit.core.users import User, get_user

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "Explanation",
    "Reason",
    "Verdict",
    "explain_access",
]

# Each code's sentence where it holds, and where it does not.
SENTENCES = {
    Grant.EVERYTHING: (mark("The role “{role}” sees every lead."), ""),
    Grant.OWNER: (
        mark("{user} owns this lead."),
        mark("{user} does not own this lead."),
    ),
    Grant.UNOWNED: (
        mark("Nobody owns it, and {user} is a member of {team}."),
        mark("It is no unowned lead of a team of {user}."),
    ),
    Grant.TEAM: (
        mark("{user} is a member of {team}, of which the lead is."),
        mark("It is not of a team of {user}."),
    ),
    "disabled": (mark("{user} is disabled and cannot sign in."), ""),
    "in_bin": (mark("The lead is in the bin, where it can only be restored."), ""),
    "sees_it": (
        mark("{user} sees this lead."),
        mark("{user} does not see this lead."),
    ),
    "deletes_everything": (
        mark("The role “{role}” deletes every lead."),
        mark("The role “{role}” deletes only leads that are its user's own."),
    ),
    "is_maker": (
        mark("{user} made this lead."),
        mark("{user} did not make this lead."),
    ),
    "assigns_to_anyone": (mark("The role “{role}” assigns to anyone."), ""),
    "assigns_to_teams": (
        mark("The role “{role}” assigns to members of {user}'s teams."),
        "",
    ),
    "assigns_to_self": (mark("The role “{role}” assigns to {user} only."), ""),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A condition, whether it holds, and a sentence (marked) with its `parts`."""

    code: str
    holds: bool
    sentence: str
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something is allowed, and what was looked at."""

    allowed: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a user may do with a lead, and why."""

    user: User
    lead: Lead
    see: Verdict
    edit: Verdict
    delete: Verdict
    assign: Verdict


def explain_access(uow: UnitOfWork, user_id: int, lead_id: int) -> Explanation:
    """What the user of that id may do with a lead that the actor sees.

    Managers ask about everybody, others about themselves.
    """
    if user_id != uow.actor.id and not uow.actor.can_be(Role.MANAGER):
        raise ForbiddenError(Role.MANAGER.value)
    user = get_user(uow, user_id)
    query = select(Lead, Team.name).outerjoin(Team, Team.id == Lead.team_id)
    row = uow.session.execute(
        query.where(Lead.id == lead_id, in_scope(uow, Lead.owner_id, Lead.team_id))
    ).one_or_none()
    if row is None:
        raise NotFoundError("lead", lead_id)
    lead, team = row
    opened = read_opening(
        uow.session, Who(user_id=user_id), uow.now(), uow.settings.locale
    )
    known = {"user": user.name, "role": user.role.value, "team": team or ""}
    return _explain(user, opened.actor, lead, known)


def _explain(
    user: User, actor: Actor | None, lead: Lead, parts: Mapping[str, str]
) -> Explanation:
    def say(code: str, *, is_so: bool) -> Reason:
        return Reason(str(code), is_so, SENTENCES[code][0 if is_so else 1], parts)

    if actor is None:
        no = Verdict(allowed=False, reasons=(say("disabled", is_so=True),))
        return Explanation(user, lead, no, no, no, no)
    grants = tuple(
        say(grant, is_so=holds(grant, actor, lead.owner_id, lead.team_id))
        for grant in GRANTS[actor.role]
    )
    is_seen = any(reason.holds for reason in grants)
    see = Verdict(is_seen, grants)
    if lead.deleted_at is not None:
        see = Verdict(allowed=False, reasons=(say("in_bin", is_so=True), *grants))
    first = say("sees_it", is_so=see.allowed)
    is_his = can_delete(actor, lead.owner_id, lead.created_by_id)
    delete = [first, say("deletes_everything", is_so=actor.can_be(Role.ALL))]
    if not actor.can_be(Role.ALL):
        delete.append(say(Grant.OWNER, is_so=actor.id == lead.owner_id))
        delete.append(say("is_maker", is_so=actor.id == lead.created_by_id))
    return Explanation(
        user,
        lead,
        see,
        edit=Verdict(see.allowed, (first,)),
        delete=Verdict(see.allowed and is_his, tuple(delete)),
        assign=Verdict(see.allowed, (first, say(_assigns(actor), is_so=True))),
    )


def _assigns(actor: Actor) -> str:
    if actor.can_be(Role.ALL):
        return "assigns_to_anyone"
    return "assigns_to_teams" if actor.role is Role.TEAM else "assigns_to_self"
