"""The composition root: settings, engine, plugins and clock as one CRM object."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from sqlalchemy.exc import (
    DBAPIError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.orm import Session

from crmkit.core import (
    Catalogue,
    Clock,
    CrmError,
    Dispatcher,
    Found,
    PluginEntry,
    Plugins,
    PluginSettings,
    Settings,
    State,
    SystemClock,
    Timings,
    UnitOfWork,
    Who,
    find_plugins,
    mark,
    new_change_id,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from crmkit.core import Actor

from crmkit.core.activity_types import read_activity_types
from crmkit.core.custom.definitions import read_definitions
from crmkit.core.db import make_engine
from crmkit.core.hook_failures import Failures, keep_failures
from crmkit.core.ledger import owners_of_objects
from crmkit.core.mail.templates import read_template_names
from crmkit.core.migrate import (
    CORE_TREE,
    FailedMigrationsError,
    Tree,
    applied,
    core_head,
    is_pending,
    upgrade,
)
from crmkit.core.opening import Opened, read_opening
from crmkit.core.permissions import roles_by_name
from crmkit.core.plugin_settings import begin_settings, read_plugin_settings
from crmkit.core.plugins import load_plugins
from crmkit.core.revisions import SETUP
from crmkit.core.setting_rows import REVISION
from crmkit.core.stages import read_known_stages
from crmkit.core.stored_settings import load_settings
from crmkit.core.tokens import is_use_noted, note_uses
from crmkit.core.watching import watch_statements

log = logging.getLogger("crmkit.hooks")


class NotSignedInError(CrmError):
    """Nobody is known by what was shown."""

    status = HTTPStatus.UNAUTHORIZED

    def __init__(self) -> None:
        super().__init__(mark("Sign in first."))


class UnreachableDatabaseError(CrmError):
    """The database does not answer."""

    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            mark("The database {url} cannot be opened: {reason}"),
            url=url,
            reason=reason,
        )


@dataclass(slots=True)
class Crm:
    """One CRM in one process. `work` and `read` open units of work on it.

    `settings` are those of the last unit that was opened, of revision `revision`.
    """

    settings: Settings
    engine: Engine
    plugins: Plugins
    clock: Clock
    timings: Timings
    revision: int = 0
    # When tokens were used: a reading unit cannot write it, the next writing one does.
    token_uses: dict[int, datetime] = field(default_factory=dict)
    plugin_settings: PluginSettings = field(default_factory=PluginSettings)
    failures: Failures = field(default_factory=Failures)
    _catalogue: tuple[int, Catalogue] = field(init=False)
    _engines: Mapping[bool, Engine] = field(init=False)

    def __post_init__(self) -> None:
        """Begin with the core's own fields, and an engine to read, one to write."""
        self._catalogue = (0, Catalogue.of((), self.engine.dialect.name))
        self._engines = {
            writes: self.engine.execution_options(crmkit_writes=writes)
            for writes in (False, True)
        }

    def work(
        self, who: Who | int | None = None, *, change_id: str | None = None
    ) -> AbstractContextManager[UnitOfWork]:
        """A unit to write, for a user's id, a `Who`, or crmkit itself.

        It commits when its block ends, and rolls back when the block raises.
        """
        return self._open(who, writes=True, change_id=change_id)

    def read(self, who: Who | int | None = None) -> AbstractContextManager[UnitOfWork]:
        """A unit to read: a write in it is an error of the database."""
        return self._open(who, writes=False, change_id=None)

    @contextmanager
    def _open(
        self, who: Who | int | None, *, writes: bool, change_id: str | None
    ) -> Iterator[UnitOfWork]:
        known = who if isinstance(who, Who) else Who(user_id=who)
        failed: list[tuple[str, str, BaseException]] = []
        with (
            self._keeping(failed),
            Session(self._engines[writes], expire_on_commit=False) as session,
        ):
            opened = self._read_opening(session, known)
            if opened.actor is None:
                raise NotSignedInError
            self._note_use(opened.actor)
            hooks = Dispatcher(
                session, self.plugins, opened.disabled, self.timings, failed
            )
            yield UnitOfWork(
                session=session,
                actor=opened.actor,
                hooks=hooks,
                clock=self.clock,
                settings=self.settings,
                catalogue=self._known_setup(session, opened.revisions),
                plugin_settings=self.plugin_settings,
                permissions=roles_by_name(self.plugins.permissions, opened.rules),
                writes=writes,
                change_id=change_id or new_change_id(),
            )
            if writes and self.token_uses:
                note_uses(session, self.token_uses)
            session.commit()

    @contextmanager
    def _keeping(self, failed: list[tuple[str, str, BaseException]]) -> Iterator[None]:
        """Write what hooks `failed` in a unit, by another one once it has ended."""
        try:
            yield
        finally:
            if failed:
                self.failures.note(failed)
            if due := self.failures.take_due(self.clock.now()):
                try:
                    with self.work() as uow:
                        keep_failures(uow, due)
                except SQLAlchemyError:
                    log.exception("Failures of hooks could not be kept.")

    def _read_opening(self, session: Session, who: Who) -> Opened:
        """What a unit opens with; settings that changed are read first."""
        now = self.clock.now()
        opened = read_opening(session, who, now, self.settings.locale)
        revision = opened.revisions.get(REVISION, 0)
        if opened.actor is None or revision == self.revision:
            return opened
        self.settings = load_settings(session, self.settings)
        self._configure(session)
        self.revision = revision
        # Whose language nobody chose speaks the one that may just have changed.
        return read_opening(session, who, now, self.settings.locale)

    def _note_use(self, actor: Actor) -> None:
        now = self.clock.now()
        if actor.token is not None and not is_use_noted(actor.token, now):
            self.token_uses[actor.token.id] = now

    @contextmanager
    def maintenance(self) -> Iterator[Connection]:
        """A connection outside every transaction, for indexes and vacuum alone."""
        options = {"isolation_level": "AUTOCOMMIT", "crmkit_writes": True}
        with self.engine.connect().execution_options(**options) as connection:
            yield connection

    def _known_setup(self, session: Session, revisions: Mapping[str, int]) -> Catalogue:
        """The catalogue as it is now, read anew only where the setup was changed."""
        number, known = self._catalogue
        newest = revisions.get(SETUP, 0)
        if newest != number:
            definitions = read_definitions(session)
            types = read_activity_types(session)
            known = replace(
                Catalogue.of(definitions, self.engine.dialect.name, types),
                stages=read_known_stages(session),
                mail_templates=read_template_names(session),
            )
            self._catalogue = (newest, known)
        return known

    def trees(self) -> list[Tree]:
        """The migrations of the core and of every plugin that has any, in order."""
        entries = (self.plugins.entries[plugin_id] for plugin_id in self.plugins.order)
        own = (entry.tree for entry in entries if self._is_registered(entry))
        return [CORE_TREE, *(tree for tree in own if tree is not None)]

    def is_pending(self) -> bool:
        """Whether the core's own migrations wait to be run."""
        with self.engine.connect() as connection:
            return applied(connection, CORE_TREE) != core_head()

    def upgrade(self) -> list[str]:
        """Run every pending migration; tell whose there were.

        A plugin's that fails keeps nobody else's from being run: they are told at the
        end, by FailedMigrationsError.
        """
        core, *others = self.trees()
        ran = [core.owner] if upgrade(self.engine, core) else []
        failed: dict[str, BaseException] = {}
        for tree in others:
            try:
                ran += [tree.owner] if upgrade(self.engine, tree) else []
            except (Exception, SystemExit) as error:  # noqa: BLE001  (no plugin may stop others)
                failed[tree.owner] = error
        self.settle()
        if failed:
            first = next(iter(failed.values()))
            raise FailedMigrationsError(failed, ran) from first
        return ran

    def settle(self) -> None:
        """Keep plugins off whose migrations wait, and take in those that are ready."""
        for plugin_id in self.plugins.order:
            entry = self.plugins.entries[plugin_id]
            if self._is_registered(entry):
                self._settle(entry)
        self.plugins.configure(self.plugin_settings.problems)
        missing = suppress(OperationalError, ProgrammingError)
        with missing, self.engine.connect() as connection:
            self.plugins.remember(owners_of_objects(connection))

    def _is_registered(self, entry: PluginEntry) -> bool:
        """Whether a plugin was started, and can run once its migrations have."""
        is_known = self.plugins.manager.has_plugin(entry.id)
        return is_known and entry.state is not State.FAILED

    def _settle(self, entry: PluginEntry) -> None:
        try:
            tree = entry.tree
            waits = tree is not None and is_pending(self.engine, tree)
        except DBAPIError:
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001  (no plugin may stop the start)
            entry.fail(error)
            return
        entry.state = State.NEEDS_MIGRATION if waits else State.ACTIVE
        entry.error = "Its migrations were not run yet." if waits else ""

    def _configure(self, session: Session) -> None:
        """Read the settings of plugins, and let those with wrong ones stand aside."""
        known = read_plugin_settings(session, self.plugin_settings, self.settings)
        self.plugin_settings = known
        self.plugins.configure(known.problems)

    def take_up_settings(self) -> None:
        """Read the settings of the database, if it has been migrated that far."""
        every = self.plugins.entries.values()
        manifests = [entry.manifest for entry in every if entry.manifest]
        self.plugin_settings = begin_settings(manifests)
        self.plugins.configure(self.plugin_settings.problems)
        with suppress(OperationalError, ProgrammingError), self.read() as uow:
            self._configure(uow.session)

    def state_of(self, entry: PluginEntry, disabled: frozenset[str]) -> State:
        """The state of a plugin, with what is switched off at run time."""
        is_off = entry.state is State.ACTIVE and entry.id in disabled
        return State.DISABLED if is_off else entry.state

    def is_running(self, plugin_id: str) -> bool:
        """Whether a plugin is there, started, and not switched off."""
        entry = self.plugins.entries.get(plugin_id)
        if entry is None or entry.state is not State.ACTIVE:
            return False
        with self.read() as uow:
            return plugin_id not in uow.hooks.disabled

    def close(self) -> None:
        """Give the connections back to the database."""
        self.engine.dispose()


def open_crm(
    settings: Settings,
    *,
    clock: Clock | None = None,
    find: Callable[[], Iterable[Found]] = find_plugins,
    engine: Engine | None = None,
) -> Crm:
    """The CRM of `settings`, its plugins loaded; `find` tells which there are.

    Its engine is made for the settings' database unless `make_engine` made one before.
    """
    if engine is None:
        engine = make_engine(settings.database_url, pool_size=settings.pool_size)
    plugins = load_plugins(find(), settings.plugins)
    crm = Crm(settings, engine, plugins, clock or SystemClock(), Timings())
    crm.timings.slow_ms = lambda: crm.settings.slow_hook_ms
    watch_statements(engine, lambda: crm.settings.slow_statement_ms)
    try:
        engine.connect().close()
        crm.settle()
        crm.take_up_settings()
    except DBAPIError as error:
        engine.dispose()
        url = engine.url.render_as_string(hide_password=True)
        reason = str(error.orig).strip().splitlines()[0]
        raise UnreachableDatabaseError(url, reason) from error
    return crm
