"""Opening a unit of work: who works, in which teams, with which plugins: one query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, bindparam, cast, or_, select

from crmkit.core.db import join_texts
from crmkit.core.permissions import every_rule
from crmkit.core.revisions import every_revision, read_revisions
from crmkit.core.signins import SignIn, hash_key
from crmkit.core.switches import PluginSwitch
from crmkit.core.teams import Member
from crmkit.core.tokens import AccessToken
from crmkit.core.types import UtcDateTime
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


# Built once, of columns alone: opening comes before everything that anybody waits for.
_user, _member = User.__table__.c, Member.__table__.c
_sign_in, _token = SignIn.__table__.c, AccessToken.__table__.c
_switch = PluginSwitch.__table__.c
_teams = (
    select(join_texts(cast(_member.team_id, String), _BETWEEN))
    .where(_member.user_id == _user.id)
    .correlate(User.__table__)
    .scalar_subquery()
)
_off = (
    select(join_texts(_switch.plugin_id, _BETWEEN))
    .where(_switch.is_enabled.is_(False))
    .scalar_subquery()
)
_system = select(_off, every_revision, every_rule)
_people = select(
    _user.id,
    _user.name,
    _user.role,
    _user.locale,
    _user.theme,
    _user.email,
    _teams,
    _off,
    every_revision,
    every_rule,
).where(_user.disabled_at.is_(None))
_by_id = _people.where(_user.id == bindparam("shown"))
_by_sign_in = _people.join(SignIn.__table__, _sign_in.user_id == _user.id).where(
    _sign_in.key_hash == bindparam("shown"),
    _sign_in.expires_at > bindparam("now", type_=UtcDateTime),
)
_by_token = (
    _people.join(AccessToken.__table__, _token.user_id == _user.id)
    .where(
        _token.key_hash == bindparam("shown"),
        or_(
            _token.expires_at.is_(None),
            _token.expires_at > bindparam("now", type_=UtcDateTime),
        ),
    )
    .add_columns(_token.id, _token.scopes, _token.expires_at, _token.last_used_at)
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
    run = session.connection().execute
    if who.is_system:
        return _opened(SYSTEM, *run(_system).one())
    if who.sign_in is not None:
        shown = {"shown": hash_key(who.sign_in), "now": now}
        row = run(_by_sign_in, shown).one_or_none()
    elif who.token is not None:
        row = run(_by_token, {"shown": hash_key(who.token), "now": now}).one_or_none()
    else:
        row = run(_by_id, {"shown": who.user_id}).one_or_none()
    if row is None:
        return _opened(None, None, None, None)
    *user, off, revisions, rules = row[:_SHOWN_FROM]
    return _opened(_actor(user, row[_SHOWN_FROM:], locale), off, revisions, rules)


_SHOWN_FROM = len(_people.selected_columns)


def _actor(user: Sequence[Any], token: Sequence[Any], locale: str) -> Actor:
    number, name, role, own_locale, theme, email, teams = user
    shown = None
    if token:
        token_id, scopes, *moments = token
        shown = ShownToken(token_id, frozenset(scopes.split(" ")), *moments)
    return Actor(
        id=number,
        name=name,
        role=role,
        team_ids=tuple(sorted(map(int, teams.split(_BETWEEN)))) if teams else (),
        locale=own_locale or locale,
        theme=theme,
        email=email,
        token=shown,
    )


def _opened(
    actor: Actor | None, off: str | None, revisions: str | None, rules: str | None
) -> Opened:
    disabled = frozenset(off.split(_BETWEEN)) if off else frozenset()
    return Opened(actor, disabled, read_revisions(revisions), rules)
