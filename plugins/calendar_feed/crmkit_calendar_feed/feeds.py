"""Feeds: whose they are, and making and revoking their addresses."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import select

from crmkit.core import Fact, User, record
from crmkit_calendar_feed.tables import Feed

if TYPE_CHECKING:
    from crmkit.core import UnitOfWork

_BYTES = 32


def fingerprint(key: str) -> str:
    """What is kept of an address's key: its SHA-256; the key itself is long enough."""
    return sha256(key.encode()).hexdigest()


def my_feed(uow: UnitOfWork) -> Feed | None:
    """The actor's feed, if he has an address."""
    return uow.session.scalar(select(Feed).where(Feed.user_id == uow.actor.id))


def owner_of(uow: UnitOfWork, key: str) -> int | None:
    """The id of the active user whose address has this key."""
    return uow.session.scalar(
        select(Feed.user_id)
        .join(User, User.id == Feed.user_id)
        .where(Feed.key_hash == fingerprint(key), User.disabled_at.is_(None))
    )


def list_feeds(uow: UnitOfWork) -> list[tuple[User, Feed]]:
    """Who has an address, by mail address."""
    query = select(User, Feed).join(Feed, Feed.user_id == User.id).order_by(User.email)
    return [(user, feed) for user, feed in uow.session.execute(query)]


def make_address(uow: UnitOfWork) -> str:
    """The key of a new address of the actor's; the one before ends."""
    feed = uow.session.scalar(
        uow.locked(select(Feed).where(Feed.user_id == uow.actor.id))
    )
    if feed is None:
        feed = Feed(user_id=uow.actor.id)
        uow.session.add(feed)
    key = secrets.token_urlsafe(_BYTES)
    feed.key_hash, feed.made_at = fingerprint(key), uow.now()
    uow.session.flush()
    _note(uow, "calendar_feed.made", feed)
    return key


def revoke(uow: UnitOfWork, feed: Feed) -> None:
    """End an address: whoever still asks for it gets nothing."""
    _note(uow, "calendar_feed.revoked", feed)
    uow.session.delete(feed)
    uow.session.flush()


def _note(uow: UnitOfWork, kind: str, feed: Feed) -> None:
    values = {"user_id": (None, feed.user_id)}
    record(uow, [Fact(kind, "calendar_feed", feed.id, 1, values)])
