"""Sign-ins: kept on the server, revocable, known only by a random key.

What is stored of a key is its SHA-256, so that who reads the table cannot sign in.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base
from crmkit.core.errors import CrmError, NotFoundError, mark
from crmkit.core.uow import Role
from crmkit.core.users import User, find_user, hash_password, is_password
from crmkit.core.words import normalize_email

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "SignIn",
    "WrongPasswordError",
    "check_password",
    "end_other_sign_ins",
    "end_sign_in",
    "forget_sign_ins",
    "get_sign_in",
    "is_sign_in_of",
    "list_sign_ins",
    "note_failure",
    "set_password",
    "sign_in",
    "sign_out",
]

MOST_FAILURES = 10
# An office may be behind one address; who guesses needs far more.
MOST_FAILURES_OF_HOST = 50
FAILURE_MINUTES = 15
# Each check of a password takes 64 MiB.
_at_once = BoundedSemaphore(2)


class SignIn(Base):
    """A browser in which a user is signed in until `expires_at`."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("crm_user.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    browser: Mapped[str] = mapped_column(String(200))


class SignInFailure(Base):
    """A wrong password, or a right one for nobody."""

    __tablename__ = "sign_in_failure"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), index=True)
    host: Mapped[str | None] = mapped_column(String(64), index=True)
    at: Mapped[datetime]


class WrongPasswordError(CrmError):
    """No user has this address and password: which of the two is not said."""

    status = HTTPStatus.UNAUTHORIZED

    def __init__(self) -> None:
        super().__init__(mark("This address and password do not belong together."))


class TooManyFailuresError(CrmError):
    """Too many wrong passwords for this address, or from this computer."""

    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self) -> None:
        super().__init__(
            mark("Too many wrong passwords. Try again in {minutes} minutes."),
            minutes=FAILURE_MINUTES,
        )


def hash_key(key: str) -> str:
    """What is stored of a sign-in's or a token's random key."""
    return sha256(key.encode()).hexdigest()


def check_password(
    uow: UnitOfWork, email: str, password: str, *, host: str | None = None
) -> User:
    """The user who has this address and password; needs a reading unit only.

    `host` is the computer that asks. Raises WrongPasswordError, or
    TooManyFailuresError without looking at the password.
    """
    _check_failures(uow, email, host)
    user = find_user(uow, email)
    with _at_once:
        is_right = is_password(user, password)
    if user is None or not is_right or user.disabled_at is not None:
        raise WrongPasswordError
    return user


def _check_failures(uow: UnitOfWork, email: str, host: str | None) -> None:
    since = uow.now() - timedelta(minutes=FAILURE_MINUTES)
    is_lately = SignInFailure.at > since
    counted = select(func.count()).select_from(SignInFailure).where(is_lately)
    of_email = counted.where(SignInFailure.email == _known_as(email))
    of_host = counted.where(SignInFailure.host == host)
    row = uow.session.execute(
        select(of_email.scalar_subquery(), of_host.scalar_subquery())
    ).one()
    if row[0] >= MOST_FAILURES or row[1] >= MOST_FAILURES_OF_HOST:
        raise TooManyFailuresError


def note_failure(uow: UnitOfWork, email: str, *, host: str | None = None) -> None:
    """Remember a wrong password for `email` from `host`; old ones are forgotten."""
    old = uow.now() - timedelta(minutes=FAILURE_MINUTES)
    uow.session.execute(delete(SignInFailure).where(SignInFailure.at <= old))
    uow.session.add(SignInFailure(email=_known_as(email), host=host, at=uow.now()))
    uow.session.flush()


def list_sign_ins(uow: UnitOfWork) -> list[SignIn]:
    """The browsers in which the actor is signed in, the newest first."""
    mine = (SignIn.user_id == uow.actor.id) & (SignIn.expires_at > uow.now())
    query = select(SignIn).where(mine).order_by(SignIn.id.desc())
    return list(uow.session.scalars(query))


def get_sign_in(uow: UnitOfWork, sign_in_id: int) -> SignIn:
    """The sign-in of that id, if it is the actor's own or he is an admin."""
    found = uow.session.get(SignIn, sign_in_id)
    is_admin = uow.actor.can_be(Role.ADMIN)
    if found is None or not (is_admin or found.user_id == uow.actor.id):
        raise NotFoundError("sign-in", sign_in_id)
    return found


def is_sign_in_of(one: SignIn, key: str | None) -> bool:
    """Whether a browser's `key` is the one of that sign-in."""
    return key is not None and one.key_hash == hash_key(key)


def end_sign_in(uow: UnitOfWork, one: SignIn) -> None:
    """Sign a browser out, from its next request on."""
    uow.session.delete(one)
    uow.session.flush()


def end_other_sign_ins(uow: UnitOfWork, key: str | None) -> int:
    """Sign the actor out of every browser but that of `key`; how many they were."""
    others = (SignIn.user_id == uow.actor.id) & (SignIn.key_hash != hash_key(key or ""))
    ended = uow.session.scalars(
        delete(SignIn)
        .where(others)
        .returning(SignIn.id)
        .execution_options(synchronize_session=False)
    )
    return len(ended.all())


def forget_sign_ins(uow: UnitOfWork, limit: int = 500) -> int:
    """Remove up to `limit` sign-ins that ended, and old wrong passwords; how many."""
    old = uow.now() - timedelta(minutes=FAILURE_MINUTES)
    return _remove(uow, SignIn, SignIn.expires_at <= uow.now(), limit) + _remove(
        uow, SignInFailure, SignInFailure.at <= old, limit
    )


def _remove(
    uow: UnitOfWork,
    kind: type[SignIn | SignInFailure],
    criterion: ColumnElement[bool],
    limit: int,
) -> int:
    ids = list(uow.session.scalars(select(kind.id).where(criterion).limit(limit)))
    uow.session.execute(
        delete(kind)
        .where(kind.id.in_(ids))
        .execution_options(synchronize_session=False)
    )
    return len(ids)


def _known_as(email: str) -> str:
    return (normalize_email(email) or email.strip().lower())[:320]


def sign_in(uow: UnitOfWork, user_id: int, browser: str) -> str:
    """The key of a new sign-in of a user, to be kept by the browser."""
    now = uow.now()
    key = secrets.token_urlsafe(32)
    uow.session.execute(
        delete(SignIn).where(SignIn.user_id == user_id, SignIn.expires_at <= now)
    )
    uow.session.add(
        SignIn(
            key_hash=hash_key(key),
            user_id=user_id,
            created_at=now,
            expires_at=now + timedelta(days=uow.settings.sign_in_days),
            browser=browser[:200],
        )
    )
    uow.session.flush()
    return key


def sign_out(uow: UnitOfWork, key: str) -> None:
    """End the sign-in of `key`, if there is one."""
    uow.session.execute(delete(SignIn).where(SignIn.key_hash == hash_key(key)))


def set_password(uow: UnitOfWork, user: User, password: str) -> None:
    """Let `user` sign in with `password`; sign-ins made with the old one end.

    Users set their own, admins everybody's.
    """
    if user.id != uow.actor.id:
        uow.require(Role.ADMIN)
    user.password_hash = hash_password(password)
    uow.session.execute(delete(SignIn).where(SignIn.user_id == user.id))
    uow.session.flush()
