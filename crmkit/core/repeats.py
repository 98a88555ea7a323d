"""Requests sent twice under one key: done once, answered twice with the same words.

The answer is kept in the transaction that does the work, so there is never the one
without the other.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base
from crmkit.core.errors import CrmError, mark

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "KeptAnswer",
    "claim_key",
    "forget_answers",
    "keep_answer",
]

KEPT_FOR = timedelta(hours=24)
LONGEST_KEY = 200


class KeptAnswer(Base):
    """What was answered to a request under a key; without a status it is not yet."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("user_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("crm_user.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(LONGEST_KEY))
    request_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[int | None]
    headers: Mapped[dict[str, str]] = mapped_column(JSON)
    body: Mapped[str] = mapped_column(Text)


class WrongKeyError(CrmError):
    """The key is none."""

    def __init__(self) -> None:
        super().__init__(
            mark("An Idempotency-Key has 1 to {count} plain characters."),
            field="idempotency-key",
            count=LONGEST_KEY,
        )


class ReusedKeyError(CrmError):
    """Another request was sent under this key."""

    def __init__(self) -> None:
        super().__init__(
            mark("Another request was sent with this Idempotency-Key; take a new one."),
            field="idempotency-key",
        )


def claim_key(uow: UnitOfWork, key: str, request_hash: str) -> KeptAnswer:
    """What is kept under the actor's `key`: an answer, or a place for one.

    Who comes while the first request is still worked on waits for its end. Raises
    ReusedKeyError where the key was that of another request within 24 hours.
    """
    is_word = key == key.strip() and key.isascii() and key.isprintable()
    if not (is_word and 0 < len(key) <= LONGEST_KEY):
        raise WrongKeyError
    user_id, now = uow.actor.id, uow.now()
    uow.session.execute(
        delete(KeptAnswer)
        .where(KeptAnswer.user_id == user_id, KeptAnswer.created_at <= now - KEPT_FOR)
        .execution_options(synchronize_session=False)
    )
    new = KeptAnswer(
        user_id=user_id,
        key=key,
        request_hash=request_hash,
        created_at=now,
        headers={},
        body="",
    )
    try:
        with uow.session.begin_nested():
            uow.session.add(new)
    except IntegrityError:
        query = select(KeptAnswer).where(
            KeptAnswer.user_id == user_id, KeptAnswer.key == key
        )
        known = uow.session.scalars(query).one()
        if known.request_hash != request_hash:
            raise ReusedKeyError from None
        return known
    return new


def keep_answer(
    uow: UnitOfWork,
    place: KeptAnswer,
    status: int,
    headers: Mapping[str, str],
    body: str,
) -> None:
    """Keep an answer in the place that `claim_key` gave."""
    place.status, place.headers, place.body = status, dict(headers), body
    uow.session.flush()


def forget_answers(uow: UnitOfWork, limit: int = 500) -> int:
    """Remove up to `limit` answers that are older than a day; how many they were."""
    old = (
        select(KeptAnswer.id)
        .where(KeptAnswer.created_at <= uow.now() - KEPT_FOR)
        .order_by(KeptAnswer.created_at)
        .limit(limit)
    )
    ids = list(uow.session.scalars(old))
    if ids:
        uow.session.execute(
            delete(KeptAnswer)
            .where(KeptAnswer.id.in_(ids))
            .execution_options(synchronize_session=False)
        )
    return len(ids)
