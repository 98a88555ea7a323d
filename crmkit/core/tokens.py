"""Access tokens: what scripts sign in with."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import AwareDatetime, Field
from sqlalchemy import ForeignKey, String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base
from crmkit.core.drafts import Draft
from crmkit.core.errors import CrmError, NotFoundError, mark
from crmkit.core.events import Fact, record
from crmkit.core.scopes import EVERYTHING, ScopeError, check_scopes, has_scope
from crmkit.core.signins import hash_key
from crmkit.core.uow import Role, ShownToken
from crmkit.core.users import User, get_user

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "AccessToken",
    "TokenDraft",
    "add_token",
    "forget_tokens",
    "get_token",
    "list_tokens",
    "make_token",
    "revoke_token",
]

# Whoever wonders why his script is refused still finds the token that ended.
SHOWN_FOR = timedelta(days=90)
USE_NOTED_EVERY = timedelta(days=1)
_BETWEEN = " "


class AccessToken(Base):
    """A user's key to the API; only its SHA-256 is stored.

    `last_used_at` is right to a day: it is not written with every request.
    """

    __tablename__ = "access_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("crm_user.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(80))
    scopes: Mapped[str] = mapped_column(String(500), server_default=EVERYTHING)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]

    @property
    def scope_list(self) -> list[str]:
        """Its scopes, one by one."""
        return self.scopes.split(_BETWEEN)


class TokenDraft(Draft):
    """A new token: what it is for, its scopes, and until when it is good."""

    name: str = Field(min_length=1, max_length=80)
    scopes: tuple[str, ...] = Field(default=(EVERYTHING,), max_length=20)
    expires_at: AwareDatetime | None = None


class PastExpiryError(CrmError):
    """The token would be over before it began."""

    def __init__(self) -> None:
        super().__init__(
            mark("A token ends in the future, and not after the year 9998."),
            field="expires_at",
        )


class LongerTokenError(CrmError):
    """A token makes another that would outlive it."""

    def __init__(self) -> None:
        super().__init__(
            mark("A token can only make tokens that end no later than it does."),
            field="expires_at",
        )


def make_token(
    uow: UnitOfWork, user: User, draft: TokenDraft
) -> tuple[AccessToken, str]:
    """A new token of `user`, and its key, which is shown once and never again.

    Users make their own, admins everybody's; a token makes none that could do more
    than it can itself.
    """
    if user.id != uow.actor.id:
        uow.require(Role.ADMIN)
    check_scopes(draft.scopes)
    _check_end(uow, draft.expires_at)
    _check_maker(uow.actor.token, draft)
    key = "ck_" + secrets.token_urlsafe(32)
    token = AccessToken(
        key_hash=hash_key(key),
        user_id=user.id,
        name=draft.name,
        scopes=_BETWEEN.join(dict.fromkeys(draft.scopes)),
        created_at=uow.now(),
        expires_at=draft.expires_at,
    )
    uow.session.add(token)
    uow.session.flush()
    _record(uow, user, "token.created", token)
    return token, key


def _check_end(uow: UnitOfWork, expires_at: datetime | None) -> None:
    if expires_at is not None and not (uow.now() < expires_at and _is_sane(expires_at)):
        raise PastExpiryError


def _is_sane(moment: datetime) -> bool:
    return moment.year < 9999  # noqa: PLR2004  (no zone carries it over the last year)


def _check_maker(maker: ShownToken | None, draft: TokenDraft) -> None:
    if maker is None:
        return
    for scope in draft.scopes:
        if not has_scope(maker.scopes, scope):
            raise ScopeError(scope)
    if maker.expires_at is not None and (
        draft.expires_at is None or draft.expires_at > maker.expires_at
    ):
        raise LongerTokenError


def add_token(uow: UnitOfWork, user: User, name: str) -> str:
    """The key of a new token of `user` for all that he may do, without an end."""
    return make_token(uow, user, TokenDraft(name=name[:80]))[1]


def list_tokens(uow: UnitOfWork, user: User) -> list[AccessToken]:
    """The tokens of `user`, newest first: one's own, or to an admin everybody's."""
    if user.id != uow.actor.id:
        uow.require(Role.ADMIN)
    query = select(AccessToken).where(AccessToken.user_id == user.id)
    return list(uow.session.scalars(query.order_by(AccessToken.id.desc())))


def get_token(uow: UnitOfWork, token_id: int) -> AccessToken:
    """The token of that id, if it is the actor's own or he is an admin."""
    token = uow.session.get(AccessToken, token_id)
    is_seen = token is not None and (
        token.user_id == uow.actor.id or uow.actor.can_be(Role.ADMIN)
    )
    if token is None or not is_seen:
        raise NotFoundError("token", token_id)
    return token


def revoke_token(uow: UnitOfWork, token: AccessToken) -> None:
    """End `token`, from the next request on."""
    user = get_user(uow, token.user_id)
    uow.session.delete(token)
    uow.session.flush()
    _record(uow, user, "token.revoked", token)


def forget_tokens(uow: UnitOfWork, limit: int = 500) -> int:
    """Remove up to `limit` tokens that ended long ago; how many they were."""
    long_ago = uow.now() - SHOWN_FOR
    old = select(AccessToken.id).where(AccessToken.expires_at <= long_ago).limit(limit)
    ids = list(uow.session.scalars(old))
    uow.session.execute(
        delete(AccessToken)
        .where(AccessToken.id.in_(ids))
        .execution_options(synchronize_session=False)
    )
    return len(ids)


def _record(uow: UnitOfWork, user: User, kind: str, token: AccessToken) -> None:
    values = {
        "token_id": (None, token.id),
        "name": (None, token.name),
        "scopes": (None, token.scope_list),
    }
    record(uow, [Fact(kind, "user", user.id, user.version, values)])


def note_uses(session: Session, uses: dict[int, datetime]) -> None:
    """Write when tokens were used, by their ids, and forget it."""
    for token_id in sorted(uses):
        used_at = uses.pop(token_id, None)
        session.execute(
            update(AccessToken)
            .where(AccessToken.id == token_id)
            .values(last_used_at=used_at)
            .execution_options(synchronize_session=False)
        )


def is_use_noted(token: ShownToken, now: datetime) -> bool:
    """Whether it is written down well enough when `token` was used last."""
    used_at = token.last_used_at
    return used_at is not None and now - used_at < USE_NOTED_EVERY
