"""Opening a unit of work: who works, in which teams, with which plugins: one query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import String, cast, func, null, select

from crmkit.core.signins import SignIn, hash_key
from crmkit.core.switches import PluginSwitch
from crmkit.core.teams import Member
from crmkit.core.tokens import AccessToken
from crmkit.core.uow import SYSTEM, Actor
from crmkit.core.users import User

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

__all__ = [
    "Who",
]

_BETWEEN = ","


@dataclass(frozen=True, slots=True)
class Who:
    """How somebody is known: as a user's id, by a browser's key or by a token.

    None of the three is crmkit itself.
    """

    user_id: int | None = None
    sign_in: str | None = None
    token: str | None = None

    @property
    def is_system(self) -> bool:
        """Whether this is crmkit itself."""
        return self == Who()


_teams = (
    select(func.aggregate_strings(cast(Member.team_id, String), _BETWEEN))
    .where(Member.user_id == User.id)
    .correlate(User)
    .scalar_subquery()
)
_off = (
    select(func.aggregate_strings(PluginSwitch.plugin_id, _BETWEEN))
    .where(PluginSwitch.is_enabled.is_(False))
    .scalar_subquery()
)


def find_actor(
    session: Session, who: Who, now: datetime, locale: str
) -> tuple[Actor | None, frozenset[str]]:
    """Who works (None: nobody is known by this) and the plugins that are off."""
    if who.is_system:
        off = session.execute(select(null(), _off)).one()[1]
        return SYSTEM, frozenset((off or "").split(_BETWEEN)) - {""}
    query = select(User, _teams, _off).where(User.disabled_at.is_(None))
    if who.sign_in is not None:
        query = query.join(SignIn, SignIn.user_id == User.id).where(
            SignIn.key_hash == hash_key(who.sign_in), SignIn.expires_at > now
        )
    elif who.token is not None:
        query = query.join(AccessToken, AccessToken.user_id == User.id).where(
            AccessToken.key_hash == hash_key(who.token)
        )
    else:
        query = query.where(User.id == who.user_id)
    row = session.execute(query).one_or_none()
    if row is None:
        return None, frozenset()
    user, teams, off = row
    actor = Actor(
        id=user.id,
        name=user.name,
        role=user.role,
        team_ids=tuple(sorted(int(team) for team in (teams or "").split(",") if team)),
        locale=user.locale or locale,
        theme=user.theme,
        email=user.email,
    )
    return actor, frozenset((off or "").split(_BETWEEN)) - {""}
