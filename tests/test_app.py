"""The composition root: settings, engine, plugins and clock as one CRM."""

import gc
import warnings
from datetime import UTC

import pytest
from sqlalchemy.exc import DBAPIError

from crmkit.app import UnreachableDatabaseError, open_crm
from crmkit.core import State, SystemClock, switch_plugin
from crmkit.hooks import Plugin, lead_created
from crmkit.testing import sample_plugin, write_plugin
from crmkit.testing.fixtures import plain_settings


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////no/such/folder/crm.db",
        "postgresql+psycopg://ann:secret@127.0.0.1:1/none?connect_timeout=1",
    ],
)
def test_a_database_that_does_not_answer_is_one_sentence_without_a_password(url):
    with pytest.raises(UnreachableDatabaseError) as caught:
        open_crm(plain_settings(url), find=list)
    sentence = str(caught.value)
    assert sentence.startswith("The database ")
    assert "cannot be opened" in sentence
    assert "secret" not in sentence
    assert "\n" not in sentence


def test_a_crm_that_was_closed_leaves_no_connection_behind(make_crm):
    crm = make_crm()
    with crm.read(), crm.read():
        pass
    crm.close()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gc.collect()
    assert crm.engine.pool.checkedout() == 0


def test_a_pool_that_is_used_up_serves_again_when_units_end(make_crm):
    crm = make_crm(pool_size=2)
    for _ in range(5):
        with crm.read(), crm.read():
            pass


def test_a_unit_that_failed_gives_its_connection_back_clean(make_kit):
    kit = make_kit(pool_size=1)
    for _ in range(3):
        with pytest.raises(DBAPIError), kit.read() as uow:
            uow.session.connection().exec_driver_sql("DELETE FROM stage")
    assert kit.lead().id


def test_the_clock_is_the_machines_unless_one_is_given(tmp_path):
    crm = open_crm(plain_settings(f"sqlite:///{tmp_path}/new.db"), find=list)
    assert isinstance(crm.clock, SystemClock)
    assert crm.clock.now().tzinfo is UTC
    crm.close()


def test_a_plugin_is_running_until_it_is_switched_off(make_kit):
    kit = make_kit(sample_plugin("quotes"))
    entry = kit.crm.plugins.entries["quotes"]
    assert kit.crm.is_running("quotes")
    with kit.work(kit.eve) as uow:
        switch_plugin(uow, "quotes", is_enabled=False)
    with kit.read() as uow:
        assert kit.crm.state_of(entry, uow.hooks.disabled) is State.DISABLED
    assert not kit.crm.is_running("quotes")
    assert not kit.crm.is_running("nothing")
    with kit.work(kit.eve) as uow:
        switch_plugin(uow, "quotes", is_enabled=True)
    assert kit.crm.is_running("quotes")


def test_a_switch_acts_in_every_process_at_once(make_kit):
    told = []

    @lead_created.impl
    def tell(ctx):
        told.append(ctx)

    plugin = sample_plugin("loud", tell)
    here, there = make_kit(plugin), make_kit(plugin)
    with here.work(here.eve) as uow:
        switch_plugin(uow, "loud", is_enabled=False)
    there.lead()
    assert told == []


@pytest.fixture
def packages(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("plugin_id", "text"),
    [
        ("unreadable", "this is no Python"),
        ("circular", 'revision = "a"\ndown_revision = "a"\n'),
        ("rootless", 'revision = "b"\ndown_revision = "nowhere"\n'),
        ("raising", "raise ValueError('no')"),
    ],
)
def test_migrations_that_cannot_be_read_fail_their_plugin_alone(
    make_kit, packages, plugin_id, text
):
    broken = write_plugin(packages, plugin_id, {"migrations/0001.py": text})
    kit = make_kit(broken, sample_plugin("sound"))
    states = {entry.id: entry.state for entry in kit.crm.plugins.entries.values()}
    assert states == {plugin_id: State.FAILED, "sound": State.ACTIVE}
    assert kit.lead().id
    assert kit.crm.upgrade() == []


def test_two_heads_fail_their_plugin_alone(make_kit, packages):
    files = {
        f"migrations/{n}.py": f'revision = "r{n}"\ndown_revision = None\n'
        for n in range(2)
    }
    kit = make_kit(write_plugin(packages, "forked", files))
    assert kit.crm.plugins.entries["forked"].state is State.FAILED
    assert kit.lead().id


def test_what_requires_a_plugin_that_waits_is_blocked_until_it_is_ready(
    make_kit, packages
):
    migration = 'revision = "r1"\ndown_revision = None\ndef upgrade(): ...\n'
    waiting = write_plugin(packages, "basis", {"migrations/0001.py": migration})
    manifest = Plugin(id="upper", name="Upper", requires=("basis",))
    kit = make_kit(waiting, sample_plugin(manifest))
    entries = kit.crm.plugins.entries
    assert entries["basis"].state is State.NEEDS_MIGRATION
    assert entries["upper"].state is State.BLOCKED
    kit.crm.upgrade()
    assert {entry.state for entry in entries.values()} == {State.ACTIVE}
