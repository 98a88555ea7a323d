"""The unit of work: what every core function gets first."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from typing_extensions import TypeVarTuple

from crmkit.core.errors import ForbiddenError
from crmkit.core.queue import enqueue

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sqlalchemy import CursorResult, Executable, Select
    from sqlalchemy.orm import Session

    from crmkit.core.clock import Clock
    from crmkit.core.dispatch import Dispatcher
    from crmkit.core.fields import Catalogue
    from crmkit.core.plugin_settings import PluginSettings
    from crmkit.core.settings import Settings

__all__ = [
    "SYSTEM",
    "Actor",
    "Role",
    "ShownToken",
    "UnitOfWork",
    "new_change_id",
]


Columns = TypeVarTuple("Columns")


class Role(StrEnum):
    """How much a user sees and may do, from least to most."""

    OWN = "own"
    TEAM = "team"
    ALL = "all"
    MANAGER = "manager"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """0 for `own` … 4 for `admin`."""
        return list(Role).index(self)


@dataclass(frozen=True, slots=True)
class ShownToken:
    """The token by which an actor is known: how far it reaches, until when."""

    id: int
    scopes: frozenset[str]
    expires_at: datetime | None = None
    last_used_at: datetime | None = None


class Reach(NamedTuple):
    """What of an actor decides which records he sees."""

    role: Role
    user_id: int | None
    team_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who works: a user, or crmkit itself, which has no id and every right."""

    id: int | None
    name: str
    role: Role
    team_ids: tuple[int, ...] = ()
    locale: str = "en"
    theme: str = "system"
    email: str | None = None
    token: ShownToken | None = None

    @property
    def reach(self) -> Reach:
        """What decides which records he sees: statements are kept by it."""
        return Reach(self.role, self.id, self.team_ids)

    def can_be(self, role: Role) -> bool:
        """Whether the actor's role is `role` or higher."""
        return self.role.rank >= role.rank


SYSTEM = Actor(id=None, name="crmkit", role=Role.ADMIN)


def new_change_id() -> str:
    """A name for an action of a user, never given twice: 32 hexadecimal digits."""
    return uuid4().hex


@dataclass(slots=True)
class UnitOfWork:
    """One transaction of one actor. The door that opened it commits it.

    `permissions` are the plugins', by their full names, each with the role it takes.
    `writes` tells whether it was opened to write. `change_id` names the action that
    all its events belong to; an action of several units (an import) passes the same
    to each.
    """

    session: Session
    actor: Actor
    hooks: Dispatcher
    clock: Clock
    settings: Settings
    catalogue: Catalogue
    plugin_settings: PluginSettings
    permissions: Mapping[str, Role] = field(default_factory=dict)
    writes: bool = True
    change_id: str = field(default_factory=new_change_id)
    undoes: str | None = None

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return self.clock.now()

    def today(self) -> date:
        """The present day in the time zone of the settings."""
        return self.clock.now().astimezone(self.settings.zone).date()

    def locked(self, query: Select[*Columns]) -> Select[*Columns]:
        """`query`, whose rows nobody else changes until this unit ends, if it writes.

        Without it two units could both judge a change by a version that the other
        is about to replace. SQLite has one writer at a time and needs no lock.
        """
        return query.with_for_update() if self.writes else query

    def run(
        self, statement: Executable, values: Any = None
    ) -> CursorResult[*tuple[Any, ...]]:
        """The rows of `statement`: columns by name, no objects of the session.

        What was changed in objects is written first. `values` are its parameters, or
        a list of them to run it for each. A statement that is built once, at import,
        costs a third of one that is built for the call.
        """
        if self.writes:
            self.session.flush()
        return self.session.connection().execute(statement, values)

    def require(self, role: Role) -> None:
        """Raise ForbiddenError unless the actor's role is `role` or higher."""
        if not self.actor.can_be(role):
            raise ForbiddenError(role.value)

    def enqueue(
        self,
        name: str,
        *,
        key: str | None = None,
        due_at: datetime | None = None,
        **arguments: Any,
    ) -> int:
        """The id of a new job, done by a worker once this unit is committed.

        `arguments` are JSON: ids, never objects. While a job of that name and `key`
        waits, no second one is made. Before `due_at` nobody takes it up.
        """
        return enqueue(self, name, arguments, key=key, due_at=due_at)

    def may(self, permission: str) -> bool:
        """Whether the actor has a plugin's permission, named `<plugin id>.<name>`.

        Nobody has one of a plugin that is switched off. Raises LookupError for a name
        that no active plugin declares.
        """
        role = self.permissions[permission]
        is_on = permission.partition(".")[0] not in self.hooks.disabled
        return is_on and self.actor.can_be(role)

    def require_permission(self, permission: str) -> None:
        """Raise ForbiddenError unless the actor has a plugin's permission."""
        if not self.may(permission):
            raise ForbiddenError(self.permissions[permission].value)
