"""Hooks that failed: which plugin's, how often, when last and why, for every process.

A unit that reads cannot write, and one that fails is rolled back: what the dispatcher
noted is kept by a unit of its own, once the one that it happened in has ended.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import String, UniqueConstraint, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from crmkit.core.db import Base
from crmkit.core.logs import hide

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crmkit.core.uow import UnitOfWork

__all__ = [
    "HookFailure",
    "failed_hooks",
]

KEPT_FOR = timedelta(days=1)
# A hook that fails at every request is written once in so long.
_PAUSE = timedelta(seconds=30)
_LONGEST = 500


class HookFailure(Base):
    """How often a plugin's answers to a hook failed since `first_at`, and the last."""

    __tablename__ = "hook_failure"
    __table_args__ = (UniqueConstraint("plugin_id", "hook"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plugin_id: Mapped[str] = mapped_column(String(24))
    hook: Mapped[str] = mapped_column(String(48))
    count: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    error: Mapped[str] = mapped_column(String(_LONGEST))


@dataclass(slots=True)
class Failing:
    """How often a hook failed and was not written yet, and why the last time."""

    count: int = 0
    error: str = ""
    written_at: datetime | None = None


@dataclass(slots=True)
class Failures:
    """What failed in this process and is not written yet, by plugin id and hook."""

    known: dict[tuple[str, str], Failing] = field(default_factory=dict)

    def note(self, failed: Iterable[tuple[str, str, BaseException]]) -> None:
        """Count what failed in one unit: plugin id, hook, error."""
        for plugin_id, hook, error in failed:
            one = self.known.setdefault((plugin_id, hook), Failing())
            one.count += 1
            said = " ".join(hide(str(error)).split())
            one.error = f"{type(error).__name__}: {said}"[:_LONGEST]

    def take_due(self, now: datetime) -> dict[tuple[str, str], Failing]:
        """What is to be written now; it counts as written."""
        due = {}
        for key, one in list(self.known.items()):
            is_due = one.written_at is None or now - one.written_at >= _PAUSE
            if one.count and is_due:
                due[key] = Failing(one.count, one.error)
                one.count, one.written_at = 0, now
        return due


def keep_failures(uow: UnitOfWork, failed: Mapping[tuple[str, str], Failing]) -> None:
    """Add what failed to the rows; those of which nothing was heard for a day go."""
    now = uow.now()
    old = delete(HookFailure).where(HookFailure.last_at < now - KEPT_FOR)
    uow.run(old)
    dialect = uow.session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    for (plugin_id, hook), one in sorted(failed.items()):
        added = insert(HookFailure).values(
            plugin_id=plugin_id,
            hook=hook,
            count=one.count,
            first_at=now,
            last_at=now,
            error=one.error,
        )
        again = {
            "count": HookFailure.count + added.excluded.count,
            "last_at": now,
            "error": added.excluded.error,
        }
        names = ["plugin_id", "hook"]
        uow.run(added.on_conflict_do_update(index_elements=names, set_=again))


def failed_hooks(uow: UnitOfWork, plugin_id: str | None = None) -> list[HookFailure]:
    """What failed in any process in the last day, of one plugin or of all."""
    query = select(HookFailure).where(HookFailure.last_at > uow.now() - KEPT_FOR)
    if plugin_id is not None:
        query = query.where(HookFailure.plugin_id == plugin_id)
    ordered = query.order_by(HookFailure.plugin_id, HookFailure.hook)
    return list(uow.session.scalars(ordered))
