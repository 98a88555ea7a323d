"""Users: who may sign in, and as what."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import Field
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base
from crmkit.core.drafts import Draft
from crmkit.core.edits import Based, apply_edit
from crmkit.core.errors import CrmError, NotFoundError, mark
from crmkit.core.events import Fact, record
from crmkit.core.types import choice
from crmkit.core.uow import Role
from crmkit.core.words import fold, normalize_email

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "User",
    "UserDraft",
    "add_user",
    "add_users",
    "disable_user",
    "edit_user",
    "enable_user",
    "find_user",
    "get_user",
    "list_users",
    "set_profile",
    "users_by_name",
]

SHORTEST_PASSWORD = 10
_passwords = PasswordHash((Argon2Hasher(),))


class User(Base):
    """A person who works here. Without a mail address he cannot sign in."""

    __tablename__ = "crm_user"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    email: Mapped[str | None] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    name_folded: Mapped[str] = mapped_column(String(200), index=True)
    role: Mapped[Role] = mapped_column(choice(Role))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    locale: Mapped[str | None] = mapped_column(String(8))
    theme: Mapped[str] = mapped_column(String(8), default="system")
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class UserDraft(Draft):
    """What is needed for a new user."""

    name: str = Field(min_length=1, max_length=200)
    email: str | None = Field(default=None, max_length=320)
    role: Role = Role.OWN
    locale: str | None = None


class MailTakenError(CrmError):
    """Another user has this mail address."""

    def __init__(self, email: str) -> None:
        super().__init__(
            mark("There is a user with the address {email} already."),
            field="email",
            email=email,
        )


class LastAdminError(CrmError):
    """Without an admin nobody could let anybody in again."""

    status = HTTPStatus.CONFLICT

    def __init__(self, user: User) -> None:
        super().__init__(
            mark("{user} is the last admin. Make somebody else one first."),
            field="role",
            user=user.name,
        )


class NoMailError(CrmError):
    """The text is no mail address."""

    def __init__(self, email: str) -> None:
        super().__init__(
            mark("“{email}” is no mail address."), field="email", email=email
        )


class ShortPasswordError(CrmError):
    """The password is shorter than is allowed."""

    def __init__(self) -> None:
        super().__init__(
            mark("A password has at least {count} characters."),
            field="password",
            count=SHORTEST_PASSWORD,
        )


def get_user(uow: UnitOfWork, user_id: int) -> User:
    """The user of that id, whom everybody may know."""
    user = uow.session.get(User, user_id)
    if user is None:
        raise NotFoundError("user", user_id)
    return user


def find_user(uow: UnitOfWork, email: str) -> User | None:
    """The user who has that mail address, in whatever spelling."""
    normal = normalize_email(email)
    return uow.session.scalar(select(User).where(User.email == normal))


def list_users(uow: UnitOfWork, *, disabled: bool = False) -> list[User]:
    """Every user who is not disabled, or with `disabled` who is, by name."""
    there = User.disabled_at.is_not(None) if disabled else User.disabled_at.is_(None)
    query = select(User).where(there).order_by(User.name_folded, User.id)
    return list(uow.session.scalars(query))


def known_users(uow: UnitOfWork, ids: set[int]) -> set[int]:
    """Those of `ids` that are users who are not disabled."""
    query = select(User.id).where(User.id.in_(ids), User.disabled_at.is_(None))
    return set(uow.session.scalars(query))


def users_by_name(uow: UnitOfWork) -> dict[str, int]:
    """Ids of the users who are not disabled, by folded name; the first of a name."""
    rows = uow.session.execute(
        select(User.name_folded, User.id)
        .where(User.disabled_at.is_(None))
        .order_by(User.id.desc())
    )
    return {name: user_id for name, user_id in rows}  # noqa: C416  (a Result has keys)


def add_user(uow: UnitOfWork, draft: UserDraft) -> User:
    """A new user, without a password yet."""
    return add_users(uow, [draft])[0]


def add_users(uow: UnitOfWork, drafts: Sequence[UserDraft]) -> list[User]:
    """New users, without passwords yet. Only an admin may add them."""
    uow.require(Role.ADMIN)
    now = uow.now()
    users = [
        User(
            name=draft.name,
            name_folded=fold(draft.name),
            email=_checked_email(uow, draft.email, but=None),
            role=draft.role,
            locale=draft.locale,
            created_at=now,
        )
        for draft in drafts
    ]
    uow.session.add_all(users)
    uow.session.flush()
    record(
        uow,
        [
            Fact(
                "user.created",
                "user",
                user.id,
                1,
                {"name": (None, user.name), "role": (None, user.role)},
            )
            for user in users
        ],
    )
    return users


def edit_user(
    uow: UnitOfWork, user: User, draft: UserDraft, based_on: Based = None
) -> None:
    """Give `user` the values of `draft`. Only an admin may.

    Raises StaleError when a field that differs was changed after `based_on`.
    """
    uow.require(Role.ADMIN)
    values = {
        "name": draft.name,
        "email": _checked_email(uow, draft.email, but=user.id),
        "role": draft.role,
        "locale": draft.locale,
    }
    if draft.role is not Role.ADMIN:
        _check_admins(uow, user)
    changed = apply_edit(uow, "user", user, values, based_on)
    user.name_folded = fold(user.name)
    if changed:
        user.version += 1
        uow.session.flush()
        record(uow, [Fact("user.changed", "user", user.id, user.version, changed)])


def _check_admins(uow: UnitOfWork, user: User) -> None:
    """Raise where `user` is the only admin who is let in."""
    if user.role is not Role.ADMIN or user.disabled_at is not None:
        return
    other = select(User.id).where(
        User.role == Role.ADMIN, User.disabled_at.is_(None), User.id != user.id
    )
    if uow.session.scalar(other.limit(1)) is None:
        raise LastAdminError(user)


def _checked_email(
    uow: UnitOfWork, email: str | None, *, but: int | None
) -> str | None:
    if email is None:
        return None
    normal = normalize_email(email)
    if normal is None:
        raise NoMailError(email)
    known = find_user(uow, normal)
    if known is not None and known.id != but:
        raise MailTakenError(normal)
    return normal


def hash_password(password: str) -> str:
    """What is stored of a password (argon2id). Raises ShortPasswordError."""
    if len(password) < SHORTEST_PASSWORD:
        raise ShortPasswordError
    return _passwords.hash(password)


def is_password(user: User | None, password: str) -> bool:
    """Whether `password` is the user's; takes as long where there is no user."""
    if user is None or user.password_hash is None:
        _passwords.verify(password, _nobodys_hash())
        return False
    return _passwords.verify(password, user.password_hash)


@cache
def _nobodys_hash() -> str:
    return _passwords.hash("nobody has this one")


def disable_user(uow: UnitOfWork, user: User) -> None:
    """Keep `user` out from now on; what he owns stays his.

    Raises LastAdminError where nobody else could let people in.
    """
    uow.require(Role.ADMIN)
    _check_admins(uow, user)
    if user.disabled_at is None:
        user.disabled_at = uow.now()
        user.version += 1
        uow.session.flush()
        record(uow, [Fact("user.disabled", "user", user.id, user.version, {})])


def enable_user(uow: UnitOfWork, user: User) -> None:
    """Let a disabled `user` in again."""
    uow.require(Role.ADMIN)
    if user.disabled_at is not None:
        user.disabled_at = None
        user.version += 1
        uow.session.flush()
        record(uow, [Fact("user.enabled", "user", user.id, user.version, {})])


def set_profile(
    uow: UnitOfWork, *, locale: str | None = None, theme: str | None = None
) -> None:
    """Change the actor's own language or theme."""
    if uow.actor.id is None:
        return
    user = get_user(uow, uow.actor.id)
    user.locale = locale or user.locale
    user.theme = theme or user.theme
    uow.session.flush()
