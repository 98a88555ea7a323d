"""The core's migrations make what its classes say."""

import threading
from importlib.resources import files

import pytest
from sqlalchemy import inspect, text

from crmkit.app import open_crm
from crmkit.core import Base
from crmkit.core.damage import drift_of
from crmkit.core.migrate import (
    CORE_TREE,
    BrokenReferenceError,
    Tree,
    applied,
    head_of,
    is_pending,
    upgrade,
)
from crmkit.testing.fixtures import plain_settings

BREAKING = """
from alembic import op

revision = "breaking_0001"
down_revision = None

def upgrade():
    op.execute("PRAGMA foreign_keys")
    op.execute("DELETE FROM stage")
"""


def test_models_and_migrations_are_equal(crm):
    with crm.engine.connect() as connection:
        assert drift_of(connection, Base.metadata) == []


def test_every_table_of_a_migrated_database_is_one_of_the_core(crm):
    tables = set(inspect(crm.engine).get_table_names())
    of_the_queue = {name for name in tables if name.startswith("procrastinate_")}
    assert bool(of_the_queue) == (crm.engine.dialect.name == "postgresql")
    tables = {name for name in tables if "_words_fts" not in name}
    others = {"ck_version__core", "sqlite_sequence"} | of_the_queue
    assert tables - others == set(Base.metadata.tables)


def test_the_queue_is_made_by_the_sql_of_the_procrastinate_that_is_installed():
    theirs = files("procrastinate.sql").joinpath("schema.sql").read_text("utf-8")
    ours = CORE_TREE.folder.parent.joinpath("sql", "procrastinate.sql")
    assert ours.read_text("utf-8").endswith(theirs)


def test_a_migrated_database_is_at_the_head(crm):
    assert not crm.is_pending()
    assert crm.upgrade() == []
    with crm.engine.connect() as connection:
        assert applied(connection, CORE_TREE) == head_of(CORE_TREE)


@pytest.fixture
def empty(tmp_path):
    """An SQLite database in which nothing is yet."""
    crm = open_crm(plain_settings(f"sqlite:///{tmp_path}/new.db"), find=list)
    yield crm
    crm.close()


def test_a_new_database_waits_for_its_migrations(empty):
    assert empty.is_pending()
    assert empty.upgrade() == ["core"]
    assert not empty.is_pending()


def test_two_upgrades_at_once_are_one(empty):
    ran = []
    both_run = threading.Barrier(2)

    def run():
        both_run.wait()
        ran.append(upgrade(empty.engine, CORE_TREE))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ran) == [False, True]


@pytest.mark.databases("sqlite")
def test_a_migration_that_leaves_broken_references_is_taken_back(kit, tmp_path):
    kit.lead()
    (tmp_path / "0001.py").write_text(BREAKING)
    tree = Tree("breaking", tmp_path)
    with pytest.raises(BrokenReferenceError, match="would leave 1 broken reference"):
        upgrade(kit.crm.engine, tree)
    assert is_pending(kit.crm.engine, tree)
    with kit.crm.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM stage")) == 3
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
