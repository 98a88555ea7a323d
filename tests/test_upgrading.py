"""A database of an earlier crmkit, with rows in every table, comes up and serves."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError

from crmkit.core import Base, Role, UserDraft, add_user, find_plugins
from crmkit.core.backups import Destination, restore_database
from crmkit.core.backups.catalogue import empty_schema
from crmkit.core.damage import drift_of
from crmkit.core.migrate import CORE_TREE, upgrade_on
from crmkit.testing import open_door
from crmkit.testing.kit import Kit

from tests.upgrading import counts_of, fill, models_of

# So many of the last migrations of each are run on what the ones before left.
STEPS = (6, pytest.param(1, marks=pytest.mark.soak))
PAGES = ("/pipeline", "/leads", "/leads/1", "/contacts", "/today", "/settings/plugins")
PAGES_OF_PLUGINS = (
    "/p/assignment/rules",
    "/p/calendar_feed/feed",
    "/p/data_exchange/imports",
    "/p/email_alias/mails",
    "/p/scoring/model",
    "/p/studio_fields/fields",
    "/p/web_forms/forms",
)
EARLIER = Path(__file__).parent / "earlier"


def name_of(file):
    """The revision that a database of an earlier version is named after."""
    return file.name.partition(".")[0]


@pytest.fixture
def crm(make_crm, tmp_path):
    """A CRM with every installed plugin, and nothing in its database."""
    if make_crm.url.startswith("sqlite"):
        make_crm.url = f"sqlite:///{tmp_path}/old.db"
    opened = make_crm(*find_plugins())
    if opened.engine.dialect.name == "postgresql":
        with writing(opened) as connection:
            empty_schema(connection)
    return opened


def writing(crm):
    return crm.engine.execution_options(crmkit_writes=True).begin()


class YoungerError(Exception):
    """A plugin was made for a core that is younger than this one: it comes later."""


def check_references(connection, tree):
    """Raise YoungerError where a table points at one that is not there yet."""
    there = inspect(connection)
    names = set(there.get_table_names())
    for name in names:
        if name.startswith(f"{tree.owner}__"):
            keys = there.get_foreign_keys(name)
            if {key["referred_table"] for key in keys} - names:
                raise YoungerError(name)


def revision_before(tree, steps):
    """The revision of a tree so many steps before its last, or its first."""
    names = sorted(path.stem for path in tree.folder.glob("*_0*.py"))
    return names[max(0, len(names) - 1 - steps)]


@pytest.mark.parametrize("steps", STEPS)
def test_rows_of_every_table_come_through_the_last_migrations(crm, steps):
    with writing(crm) as connection:
        for tree in crm.trees():
            with suppress(DBAPIError, YoungerError), connection.begin_nested():
                upgrade_on(connection, tree, revision_before(tree, steps))
                check_references(connection, tree)
        before = fill(connection, models_of(crm))
    assert [name for name, count in before.items() if not count] == []
    assert CORE_TREE.owner in crm.upgrade()
    with crm.engine.connect() as connection:
        after = counts_of(connection)
        assert drift_of(connection, Base.metadata) == []
    lost = [name for name in before if after.get(name, 0) < before[name]]
    assert lost == []
    assert {one.id for one in crm.plugins.active()} == {
        one.id for one in find_plugins()
    }
    with open_door(kit_of(crm)) as door:
        for page in PAGES:
            assert door.person("eve").get(page).status_code == 200, page


@pytest.mark.parametrize("file", sorted(EARLIER.glob("*.sqlite.zip")), ids=name_of)
def test_a_backup_of_an_earlier_version_is_restored_and_serves(crm, file):
    kind = crm.engine.dialect.name
    to = Destination(crm.engine, list(crm.trees()), crm.clock.now())
    manifest = restore_database(to, file.with_name(f"{name_of(file)}.{kind}.zip"))
    assert manifest.trees.keys() == {tree.owner for tree in crm.trees()}
    crm.settle()
    with crm.engine.connect() as connection:
        there = counts_of(connection)
        assert drift_of(connection, Base.metadata) == []
    assert {n: c for n, c in manifest.rows.items() if there.get(n, c) < c} == {}
    with open_door(kit_of(crm)) as door:
        for page in (*PAGES, *PAGES_OF_PLUGINS):
            assert door.person("eve").get(page).status_code == 200, page


def kit_of(crm):
    """Eve, an admin, in what was there."""
    with crm.work() as uow:
        draft = UserDraft(name="Eve", email="eve@example.org", role=Role.ADMIN)
        people = {"eve": add_user(uow, draft).id}
    return Kit(crm, 1, 1, 1, 1, 1, people)
