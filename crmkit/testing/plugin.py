"""The pytest plugin of crmkit: a CRM on each database, a clock, a small company.

It is imported wherever crmkit is installed, so it imports nothing that is heavy
before a test asks for it.

Environment: `CRMKIT_TEST_DATABASES` (`sqlite`, `postgresql` or `both`),
`CRMKIT_TEST_POSTGRESQL_URL` (a server that runs), `CRMKIT_PROFILE` (`gate` or
`soak`), `CRMKIT_REAL_DATA` (the folder of real files).
"""

from __future__ import annotations

import os
import shutil
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crmkit.testing.clock import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit.app import Crm
    from crmkit.testing.conformance.subject import Subject
    from crmkit.testing.doors import Door
    from crmkit.testing.fixtures import MakeCrm, MakeKit, Templates, WithPlugins
    from crmkit.testing.kit import Kit
    from crmkit.testing.recorder import HookRecorder

DATABASES = ("sqlite", "postgresql")
_KIND = "crm_database"
_WITH_COMPANY = frozenset({"kit", "make_kit", "with_plugins"})
_MARKERS = (
    "plugins(*ids): the installed plugins that the test's CRM loads; without it none",
    "databases(*names): the only databases that the test is about",
    "realdata: reads the real data beside the repository",
    "browser: drives a real browser",
    "soak: long; runs in the soak profile only",
    "conformance: what every plugin keeps; asked where a plugin is alone",
)


def _is_soak() -> bool:
    return os.environ.get("CRMKIT_PROFILE", "gate") == "soak"


def _chosen_databases() -> tuple[str, ...]:
    chosen = os.environ.get("CRMKIT_TEST_DATABASES", "both")
    if chosen == "both":
        return DATABASES
    if chosen in DATABASES:
        return (chosen,)
    sentence = f"CRMKIT_TEST_DATABASES is sqlite, postgresql or both, not {chosen}."
    raise pytest.UsageError(sentence)


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known, and set how many examples hypothesis tries."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Choose hypothesis' profile, where it is installed and this is our kind of run."""
    del session
    if find_spec("hypothesis") is None:
        return
    from hypothesis import HealthCheck, Phase, settings  # noqa: PLC0415

    # A CRM serves all examples of a property, which is what the health check fears.
    allowed = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    common = settings(deadline=None, database=None, suppress_health_check=allowed)
    phases = [Phase.explicit, Phase.generate, Phase.shrink]
    settings.register_profile(
        "gate", common, max_examples=10, derandomize=True, phases=phases
    )
    settings.register_profile("soak", common, max_examples=300, print_blob=True)
    settings.load_profile("soak" if _is_soak() else "gate")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that has a CRM on every chosen database."""
    if _KIND in metafunc.fixturenames:
        metafunc.parametrize(_KIND, _chosen_databases(), scope="session")


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out what cannot be asked here, so that nothing is ever skipped."""
    plugins = {point.name for point in entry_points(group="crmkit.plugins")}
    left = {
        "realdata": not _real_data(config).is_dir(),
        "browser": not _has_browser(),
        "soak": not _is_soak(),
    }
    kept: list[pytest.Item] = []
    out: list[pytest.Item] = []
    for item in items:
        is_left = any(is_out and mark in item.keywords for mark, is_out in left.items())
        is_left |= bool(set(_marked(item, "plugins")) - plugins)
        is_left |= _is_about_others(item)
        (out if is_left else kept).append(item)
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = kept


def _marked(item: pytest.Item, name: str) -> tuple[str, ...]:
    marker = item.get_closest_marker(name)
    return () if marker is None else marker.args


def _is_about_others(item: pytest.Item) -> bool:
    """Whether the test says that it is not about the database it would run on."""
    only = _marked(item, "databases")
    spec = getattr(item, "callspec", None)
    return bool(only) and spec is not None and spec.params.get(_KIND) not in only


def _real_data(config: pytest.Config) -> Path:
    beside = config.rootpath.parent / "shared" / "data"
    return Path(os.environ.get("CRMKIT_REAL_DATA") or beside)


def _has_browser() -> bool:
    return find_spec("playwright") is not None and shutil.which("chromium") is not None


@pytest.fixture(scope="session")
def real_data(request: pytest.FixtureRequest) -> Path:
    """The folder of real files; tests that ask for it are marked `realdata`."""
    return _real_data(request.config)


@pytest.fixture(scope="session")
def crm_templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Templates]:
    """The databases that those of tests are copied from."""
    from crmkit.testing.fixtures import Templates  # noqa: PLC0415

    templates = Templates(tmp_path_factory.mktemp("crm"))
    yield templates
    templates.close()


@pytest.fixture
def clock() -> FrozenClock:
    """The time of the test: 24 November 2026, 10:00 in Paris, until it is moved."""
    return FrozenClock()


@pytest.fixture
def make_crm(
    request: pytest.FixtureRequest,
    crm_database: str,
    crm_templates: Templates,
    clock: FrozenClock,
) -> Iterator[MakeCrm]:
    """Opens CRMs with sample plugins or other settings, all on the test's database."""
    from crmkit.testing.fixtures import MakeCrm  # noqa: PLC0415

    plugins = _marked(request.node, "plugins")
    has_kit = not _WITH_COMPANY.isdisjoint(request.fixturenames)
    url = crm_templates.copy(crm_database, plugins, with_kit=has_kit)
    make = MakeCrm(url, clock, crm_templates, plugins)
    yield make
    make.close()
    crm_templates.drop(crm_database, url)


@pytest.fixture
def crm(make_crm: MakeCrm) -> Crm:
    """A CRM on a migrated database, empty unless the test asks for `kit` too."""
    return make_crm()


@pytest.fixture
def kit(crm: Crm) -> Kit:
    """A small company on `crm`: stages, teams, people, and a way to make leads."""
    from crmkit.testing.kit import meet  # noqa: PLC0415

    return meet(crm)


@pytest.fixture
def make_kit(make_crm: MakeCrm) -> MakeKit:
    """The company of `kit`, on a CRM with sample plugins or other settings."""
    from crmkit.testing.fixtures import MakeKit  # noqa: PLC0415

    return MakeKit(make_crm)


@pytest.fixture
def with_plugins(make_crm: MakeCrm) -> WithPlugins:
    """The company of `kit`, with the installed plugins that the test names."""
    from crmkit.testing.fixtures import WithPlugins  # noqa: PLC0415

    return WithPlugins(make_crm)


@pytest.fixture
def crm_door(kit: Kit) -> Iterator[Door]:
    """The pages and the API of `kit`, and its people who ask for them."""
    from crmkit.testing.doors import open_door  # noqa: PLC0415

    with open_door(kit) as door:
        yield door


@pytest.fixture(scope="class")
def subject(request: pytest.FixtureRequest) -> Subject:
    """The plugin that a class of the conformance suite is about."""
    from crmkit.testing.conformance.subject import load_subject  # noqa: PLC0415

    return load_subject(request.cls.plugin)


@pytest.fixture(scope="class")
def neighbours() -> list[HookRecorder]:
    """The plugins before and behind the one that the suite is about."""
    from crmkit.testing.conformance.subject import make_neighbours  # noqa: PLC0415

    return make_neighbours()


@pytest.fixture(scope="class")
def company(
    request: pytest.FixtureRequest,
    crm_database: str,
    crm_templates: Templates,
    neighbours: list[HookRecorder],
) -> Iterator[Door]:
    """Pages and API of a company that works with the plugin of the suite."""
    from crmkit.testing.conformance.subject import open_company  # noqa: PLC0415

    ids = (request.cls.plugin, *request.cls.partners)
    with open_company(crm_database, crm_templates, ids, neighbours) as door:
        yield door
