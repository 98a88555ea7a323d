"""What somebody is told of: a mention, a note on what he follows, leads he got."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003  (a dataclass that doors fill)
from itertools import pairwise
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from crmkit.core.followers import add_followers, followers_of, seen_by
from crmkit.core.leads import Lead, visible
from crmkit.core.notification_rows import Notification, NotificationKind
from crmkit.core.users import User, list_users
from crmkit.core.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Select

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "Mention",
    "Notice",
    "Notification",
    "NotificationKind",
    "count_unread",
    "list_notifications",
    "mark_read",
]


@dataclass(frozen=True, slots=True)
class Mention:
    """Who was mentioned; `is_told` is false where he cannot see the lead."""

    user_id: int
    name: str
    is_told: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification as it is shown: who wrote what on which lead, or gave it.

    `more` is how many leads came with it; `entry_id` is the note, if it is about one.
    """

    id: int
    kind: NotificationKind
    lead_id: int
    lead_name: str
    entry_id: int | None
    more: int
    actor_id: int | None
    actor_name: str | None
    created_at: datetime
    read_at: datetime | None


def tell_of_note(
    uow: UnitOfWork, lead: Lead, entry_id: int, text: str
) -> tuple[Mention, ...]:
    """Tell of a note whom it mentions, who follows `lead` and whose it is.

    The author and whom he mentions follow from then on. The answer is who was
    mentioned; who cannot see the lead is not told.
    """
    mentioned = _mentioned(uow, text)
    others = followers_of(uow, lead)
    if lead.owner_id is not None:
        others.append(uow.session.get_one(User, lead.owner_id))
    seeing = seen_by(uow, lead, {u.id: u for u in [*mentioned, *others]}.values())
    told = {user.id for user in mentioned} & seeing
    rest = {user.id for user in others} & seeing
    kinds = dict.fromkeys(rest, NotificationKind.NOTE)
    kinds |= dict.fromkeys(told, NotificationKind.MENTION)
    kinds.pop(uow.actor.id or 0, None)
    for user_id, kind in sorted(kinds.items()):
        uow.session.add(
            Notification(
                user_id=user_id,
                kind=kind,
                lead_id=lead.id,
                entry_id=entry_id,
                actor_id=uow.actor.id,
                created_at=uow.now(),
            )
        )
    add_followers(uow, lead, told | ({uow.actor.id} if uow.actor.id else set()))
    return tuple(Mention(user.id, user.name, user.id in seeing) for user in mentioned)


def _mentioned(uow: UnitOfWork, text: str) -> list[User]:
    """The users whom `text` names after an @: by name, first name or mail.

    What crmkit itself writes down, such as a stranger's words, calls nobody.
    """
    if "@" not in text or uow.actor.id is None:
        return []
    names = _names(list_users(uow))
    found: dict[int, User] = {}
    parts = text.split("@")
    for before, after in pairwise(parts):
        # What stands in a mail address mentions nobody.
        user = None if before[-1:].isalnum() else _named(fold(after[:200]), names)
        if user is not None:
            found.setdefault(user.id, user)
    return list(found.values())


def _names(users: Sequence[User]) -> dict[str, User]:
    """What each user goes by, folded; a first name that two have is nobody's."""
    firsts = [fold(user.name).partition(" ")[0] for user in users]
    known = {
        first: user
        for first, user in zip(firsts, users, strict=True)
        if firsts.count(first) == 1
    }
    mails = {(user.email or "").partition("@")[0].lower(): user for user in users}
    return {**known, **mails, **{fold(user.name): user for user in users}}


def _named(text: str, names: dict[str, User]) -> User | None:
    """The user by whose longest name `text` begins."""
    fitting = [
        name
        for name in names
        if name and text.startswith(name) and not text[len(name) :][:1].isalnum()
    ]
    return names[max(fitting, key=len)] if fitting else None


def _mine(uow: UnitOfWork) -> tuple[ColumnElement[bool], ...]:
    return (Notification.user_id == uow.actor.id, visible(uow))


def list_notifications(
    uow: UnitOfWork, *, unread: bool = False, before: int | None = None, limit: int = 50
) -> list[Notice]:
    """What the actor was told of leads that he still sees, newest first."""
    shown = Notification
    query = (
        select(
            shown.id,
            shown.kind,
            shown.lead_id,
            Lead.name,
            shown.entry_id,
            shown.more,
            shown.actor_id,
            User.name.label("actor_name"),
            shown.created_at,
            shown.read_at,
        )
        .join(Lead, Lead.id == shown.lead_id)
        .outerjoin(User, User.id == shown.actor_id)
        .where(*_mine(uow))
        .order_by(shown.id.desc())
        .limit(limit)
    )
    if unread:
        query = query.where(shown.read_at.is_(None))
    if before is not None:
        query = query.where(shown.id < before)
    return [Notice(*tuple(row)) for row in uow.session.execute(query)]


def count_unread(uow: UnitOfWork) -> int:
    """How many notifications the actor has not read."""
    return uow.session.scalar(count_of_unread(uow)) or 0


def count_of_unread(uow: UnitOfWork) -> Select[int]:
    """The statement of how many notifications the actor has not read."""
    return (
        select(func.count())
        .select_from(Notification)
        .join(Lead, Lead.id == Notification.lead_id)
        .where(*_mine(uow), Notification.read_at.is_(None))
    )


def mark_read(uow: UnitOfWork, ids: Iterable[int] | None = None) -> None:
    """Mark the actor's notifications of these ids read, without ids all of them."""
    mine = update(Notification).where(
        Notification.user_id == uow.actor.id, Notification.read_at.is_(None)
    )
    if ids is not None:
        mine = mine.where(Notification.id.in_(list(ids)))
    uow.session.execute(
        mine.values(read_at=uow.now()).execution_options(synchronize_session=False)
    )
