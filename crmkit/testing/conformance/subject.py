"""The plugin that is tried, and a company that works with it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from crmkit.core import (
    delete_lead,
    edit_lead,
    get_lead,
    get_stage,
    lose_lead,
    move_lead,
    restore_lead,
    win_lead,
)
from crmkit.hooks import (
    Plugin,
    RegisterTables,
    lead_created,
    lead_won,
    register_tables,
)
from crmkit.testing.clock import FrozenClock
from crmkit.testing.doors import open_door, routes_of
from crmkit.testing.fixtures import MakeCrm, installed
from crmkit.testing.kit import meet
from crmkit.testing.recorder import HookRecorder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmkit.testing.doors import Door
    from crmkit.testing.fixtures import Templates
    from crmkit.testing.kit import Kit

LEADS = 5
C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Subject:
    """A plugin as it is installed: its module, and the folder of its package."""

    id: str
    module: Any
    folder: Path

    @property
    def manifest(self) -> Plugin:
        """What it says of itself."""
        manifest: Plugin = self.module.plugin
        return manifest

    @property
    def package(self) -> str:
        """The name that Python code imports it by."""
        return self.folder.name

    @property
    def project(self) -> Path | None:
        """The folder of its sources, None where only its wheel is installed."""
        folder = self.folder.parent
        return folder if (folder / "pyproject.toml").is_file() else None

    def sources(self, pattern: str = "*.py") -> list[Path]:
        """The files of its package, migrations left out."""
        found = sorted(self.folder.rglob(pattern))
        return [path for path in found if "migrations" not in path.parts]

    def where(self, path: Path) -> str:
        """How a message names one of its files."""
        return path.relative_to(self.folder.parent).as_posix()

    def tables(self) -> Any:
        """The MetaData of its tables, None for a plugin without any."""
        for name in vars(self.module):
            function = getattr(self.module, name)
            marked = getattr(function, "crmkit_impl", None)
            if marked and marked["specname"] == register_tables.name:
                return function(RegisterTables(self.id)).metadata
        return None


def on_sqlite(checks: type[C]) -> type[C]:
    """`checks`, whose every test is about SQLite alone.

    The marks stand on the tests: one on the class would hold for all that inherit it.
    """
    only = pytest.mark.databases("sqlite")
    for name, test in list(vars(checks).items()):
        if name.startswith("test_"):
            setattr(checks, name, only(test))
    return checks


def load_subject(plugin_id: str) -> Subject:
    """The installed plugin of that id."""
    (found,) = installed([plugin_id])
    module = found.load()
    folder = Path(str(files(module.__name__.rpartition(".")[0])))
    return Subject(plugin_id, module, folder)


def make_neighbours() -> list[HookRecorder]:
    """Two other plugins: one is asked before every other, one after."""
    hooks = (lead_created, lead_won)
    return [HookRecorder(name).listen(*hooks) for name in ("aa_first", "zz_last")]


@contextmanager
def open_company(
    kind: str,
    templates: Templates,
    ids: Sequence[str],
    neighbours: Sequence[HookRecorder],
) -> Iterator[Door]:
    """Pages and API of a company that works with the plugins and their neighbours."""
    url = templates.copy(kind, ids, with_kit=True)
    make = MakeCrm(url, FrozenClock(), templates, ids)
    kit = meet(make(*(one.plugin for one in neighbours)))
    for number in range(LEADS):
        kit.lead(f"Valve {number}", expected_revenue=1000 * number)
    with open_door(kit) as opened:
        yield opened
    make.close()
    templates.drop(kind, url)


def live_through(kit: Kit, who: int | None = None) -> None:
    """A lead is created, edited, moved, won, opened again, lost and deleted."""
    lead_id = kit.lead("Journey", email="zoe@example.org", expected_revenue=500).id
    kit.activity(kit.lead("Neighbour"), summary="Call back")
    with kit.work(who or kit.ann) as uow:
        lead = get_lead(uow, lead_id)
        edit_lead(uow, lead, {"name": "Journey on", "priority": 2})
        move_lead(uow, lead, get_stage(uow, kit.proposal))
    with kit.work(who or kit.ann) as uow:
        lead = get_lead(uow, lead_id)
        win_lead(uow, lead)
        restore_lead(uow, lead)
        lose_lead(uow, lead, None)
    with kit.work(who or kit.ann) as uow:
        lead = get_lead(uow, lead_id)
        restore_lead(uow, lead)
        delete_lead(uow, lead)


def own_routes(door: Door, plugin_id: str) -> list[tuple[str, str]]:
    """Method and path of each route of the plugin, its parameters unfilled."""
    routes = (route.split(" ", 1) for route in sorted(routes_of(door.app)))
    begins = (f"/p/{plugin_id}/", f"/api/v1/p/{plugin_id}/")
    return [(method, path) for method, path in routes if f"{path}/".startswith(begins)]
