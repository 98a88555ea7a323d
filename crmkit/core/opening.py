"""Opening a unit of work: who works, in which teams, with which plugins: one query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, cast, func, null, or_, select

from crmkit.core.permissions import every_rule
from crmkit.core.revisions import every_revision, read_revisions
from crmkit.core.signins import SignIn, hash_key
from crmkit.core.switches import PluginSwitch
from crmkit.core.teams import Member
from crmkit.core.tokens import AccessToken
from crmkit.core.uow import SYSTEM, Actor, ShownToken
from crmkit.core.users import User

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
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
_state = (_off, every_revision, every_rule)
_token_columns = (
    AccessToken.id,
    AccessToken.scopes,
    AccessToken.expires_at,
    AccessToken.last_used_at,
)


@dataclass(frozen=True, slots=True)
class Opened:
    """What a unit opens with: who works, which plugins are off, how new things are.

    `rules` tells which permissions take another role than their lowest.

    `actor` is None where nobody is known by what was shown.
    """

    actor: Actor | None
    disabled: frozenset[str]
    revisions: Mapping[str, int]
    rules: str | None = None


def read_opening(session: Session, who: Who, now: datetime, locale: str) -> Opened:
    """Everything that opening a unit needs to know, in one statement."""
    if who.is_system:
        return _opened(SYSTEM, *session.execute(select(*_state)).one())
    shown = _token_columns if who.token is not None else (null(),)
    query = select(User, _teams, *_state, *shown)
    query = query.where(User.disabled_at.is_(None))
    if who.sign_in is not None:
        query = query.join(SignIn, SignIn.user_id == User.id).where(
            SignIn.key_hash == hash_key(who.sign_in), SignIn.expires_at > now
        )
    elif who.token is not None:
        query = query.join(AccessToken, AccessToken.user_id == User.id).where(
            AccessToken.key_hash == hash_key(who.token),
            or_(AccessToken.expires_at.is_(None), AccessToken.expires_at > now),
        )
    else:
        query = query.where(User.id == who.user_id)
    row = session.execute(query).one_or_none()
    if row is None:
        return _opened(None, None, None, None)
    user, teams, off, revisions, rules, *token = row
    return _opened(_actor(user, teams, token, locale), off, revisions, rules)


def _actor(user: User, teams: str | None, token: Sequence[Any], locale: str) -> Actor:
    shown = None
    if len(token) == len(_token_columns):
        token_id, scopes, *moments = token
        shown = ShownToken(token_id, frozenset(scopes.split(" ")), *moments)
    return Actor(
        id=user.id,
        name=user.name,
        role=user.role,
        team_ids=tuple(sorted(int(team) for team in (teams or "").split(",") if team)),
        locale=user.locale or locale,
        theme=user.theme,
        email=user.email,
        token=shown,
    )


def _opened(
    actor: Actor | None, off: str | None, revisions: str | None, rules: str | None
) -> Opened:
    disabled = frozenset((off or "").split(_BETWEEN)) - {""}
    return Opened(actor, disabled, read_revisions(revisions), rules)
