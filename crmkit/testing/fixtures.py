"""What the fixtures are made of; imported when the first test asks for a CRM."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from crmkit.app import Crm, open_crm
from crmkit.core import Found, Settings, find_plugins
from crmkit.core.db import make_engine
from crmkit.testing.clock import FrozenClock
from crmkit.testing.databases import Databases, open_databases
from crmkit.testing.kit import Kit, meet, settle_in
from crmkit.testing.samples import found

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import ModuleType

    from pydantic_settings import BaseSettings, PydanticBaseSettingsSource
    from sqlalchemy import Dialect, Engine


class PlainSettings(Settings):
    """Settings of a test: nothing that the machine says reaches them."""

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *others: PydanticBaseSettingsSource,
        **named: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what the test gives."""
        return (init_settings,)


def plain_settings(url: str, **values: Any) -> Settings:
    """The defaults, whatever a file or the environment of the machine says."""
    return PlainSettings(database_url=url, **values)


def installed(ids: Sequence[str]) -> list[Found]:
    """The installed plugins of these ids."""
    return [item for item in _all_installed() if item.id in ids]


@cache
def _all_installed() -> Sequence[Found]:
    return find_plugins()  # it reads the metadata of every package: 25 ms


@dataclass(slots=True)
class Compiled:
    """Statements compiled once a session: each test's engine would compile anew.

    They are kept by dialect object, so the engines of a kind share theirs.
    """

    statements: dict[Any, Any] = field(default_factory=dict)
    dialects: dict[str, Dialect] = field(default_factory=dict)

    def share(self, engine: Engine) -> None:
        """Let `engine` use what others compiled, and they what it compiles."""
        engine.dialect = self.dialects.setdefault(engine.dialect.name, engine.dialect)
        engine.update_execution_options(compiled_cache=self.statements)


@dataclass(slots=True)
class Templates:
    """Migrated databases by kind and by the plugins whose tables they hold."""

    folder: Path
    opened: dict[str, Databases] = field(default_factory=dict)
    compiled: Compiled = field(default_factory=Compiled)

    def copy(self, kind: str, plugins: Sequence[str], *, with_kit: bool) -> str:
        """The URL of a new database of a kind, with the tables of `plugins`."""
        if kind not in self.opened:
            self.opened[kind] = open_databases(kind, self.folder)

        def fill(url: str) -> None:
            crm = open_crm(plain_settings(url), find=lambda: installed(plugins))
            crm.upgrade()
            if with_kit:
                settle_in(crm)
            crm.close()

        name = "-".join([*sorted(plugins), "kit" if with_kit else "bare"])
        databases = self.opened[kind]
        return databases.copy(databases.template(name, fill))

    def drop(self, kind: str, url: str) -> None:
        """Take a database away."""
        self.opened[kind].drop(url)

    def close(self) -> None:
        """Take every database away."""
        for databases in self.opened.values():
            databases.close()


@dataclass(slots=True)
class MakeCrm:
    """Opens CRMs on the database of a test; all are closed when the test is over."""

    url: str
    clock: FrozenClock
    templates: Templates
    plugins: Sequence[str] = ()
    opened: list[Crm] = field(default_factory=list)

    def __call__(self, *samples: ModuleType | Found, **settings: Any) -> Crm:
        """A CRM with these plugins beside the marked ones, and other settings."""
        extra = [s if isinstance(s, Found) else found(s) for s in samples]
        settings.setdefault("outbox", self.templates.folder / "outbox")
        plain = plain_settings(self.url, **settings)
        engine = make_engine(plain.database_url, pool_size=plain.pool_size)
        self.templates.compiled.share(engine)
        crm = open_crm(
            plain,
            clock=self.clock,
            find=lambda: [*installed(self.plugins), *extra],
            engine=engine,
        )
        self.opened.append(crm)
        return crm

    def close(self) -> None:
        """Give every connection back."""
        for crm in self.opened:
            crm.close()


@contextmanager
def borrow_kit(
    database: str, templates: Templates, *samples: ModuleType, **settings: Any
) -> Iterator[Kit]:
    """The company on a new copy of its database, taken away afterwards."""
    url = templates.copy(database, (), with_kit=True)
    make = MakeCrm(url, FrozenClock(), templates)
    yield meet(make(*samples, **settings))
    make.close()
    templates.drop(database, url)


@dataclass(slots=True)
class MakeKit:
    """Opens CRMs with the company of the kit, on the database of a test."""

    make_crm: MakeCrm

    def __call__(self, *samples: ModuleType | Found, **settings: Any) -> Kit:
        """The company, with these plugins beside the marked ones, other settings."""
        return meet(self.make_crm(*samples, **settings))


@dataclass(slots=True)
class WithPlugins:
    """Opens the company of the kit with installed plugins, their tables made."""

    make_crm: MakeCrm

    def __call__(self, *ids: str, **settings: Any) -> Kit:
        """The company, with the installed plugins of these ids and no other.

        Raises NotInstalledError where one of them is not installed.
        """
        there = installed(ids)
        if missing := set(ids) - {item.id for item in there}:
            raise NotInstalledError(missing)
        crm = self.make_crm(*there, **settings)
        crm.upgrade()
        return meet(crm)


class NotInstalledError(AssertionError):
    """A test asked for a plugin that is not installed here."""

    def __init__(self, ids: set[str]) -> None:
        named = ", ".join(sorted(ids))
        super().__init__(f"Not installed, or not as a plugin: {named}.")
