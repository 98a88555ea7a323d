"""What a plugin brought is written down, and can be taken away when it is gone."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import inspect, select, text

from crmkit.core import (
    CustomFieldDraft,
    FieldType,
    PluginObject,
    State,
    ViewDraft,
    add_field,
    add_view,
    export_plugin,
    plan_uninstall,
    purge_plugin,
    switch_plugin,
)
from crmkit.core.uninstalling import RunningPluginError
from crmkit.testing import write_plugin

PLUGIN = """
from crmkit.hooks import Every, JobKind, JobSchedule, Plugin
from crmkit.hooks import register_jobs, register_schedules

plugin = Plugin(id="visits", name="Visits")

@register_jobs.impl
def kinds(ctx):
    return [JobKind("visits.count_steps", lambda job: None)]

@register_schedules.impl
def times(ctx):
    return [JobSchedule("visits.count_steps", "visits.count_steps", Every(60))]
"""
MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "visits_0001"
down_revision = None

def upgrade():
    op.create_table(
        "visits__trip",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(40)),
        sa.Column("last_stop_id", sa.Integer),
    )
    op.create_table(
        "visits__stop",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("trip_id", sa.Integer, sa.ForeignKey("visits__trip.id")),
        sa.Column("lead_id", sa.BigInteger),
    )
"""


@pytest.fixture
def visits(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    files = {"plugin.py": PLUGIN, "migrations/visits_0001.py": MIGRATION}
    return write_plugin(tmp_path, "visits", files)


@pytest.fixture
def used(make_kit, visits):
    """A company that worked with the plugin, which left something everywhere."""
    kit = make_kit(visits)
    kit.crm.upgrade()
    lead = kit.lead()
    with kit.work() as uow:
        uow.session.execute(text("INSERT INTO visits__trip (id, name) VALUES (1, 'A')"))
        values = f"VALUES (1, 1, {lead.id})"
        uow.session.execute(
            text(f"INSERT INTO visits__stop (id, trip_id, lead_id) {values}")
        )
        uow.enqueue("visits.count_steps")
        draft = CustomFieldDraft(
            entity="lead", slug="steps", label="Steps", type=FieldType.WHOLE
        )
        add_field(uow, draft, plugin_id="visits")
    with kit.work(kit.eve) as uow:
        view = ViewDraft(entity="lead", name="Far", filter="steps > 5")
        add_view(uow, view)
    kit.run_schedules()
    return kit


def state_of(kit):
    return kit.crm.plugins.entries["visits"].state


def test_what_a_plugin_brings_is_written_down_as_it_is_made(used):
    with used.read() as uow:
        query = select(PluginObject.kind, PluginObject.name)
        found = uow.session.execute(query.where(PluginObject.plugin_id == "visits"))
        assert {tuple(row) for row in found} == {
            ("table", "ck_version__visits"),
            ("table", "visits__trip"),
            ("table", "visits__stop"),
            ("job", "visits.count_steps"),
            ("schedule", "visits.count_steps"),
            ("field", "lead.steps"),
        }


def test_a_plugin_whose_package_is_gone_is_orphaned_and_its_plan_can_be_read(
    used, make_kit
):
    entry = make_kit().crm.plugins.entries["visits"]
    assert (entry.state, entry.name) == (State.ORPHANED, "visits")
    with used.read() as uow:
        plan = plan_uninstall(uow, "visits")
    assert plan.tables["visits__stop"] == 1
    assert plan.fields == ["lead.steps"]
    assert plan.views == ["Far"]
    assert (plan.schedules, plan.jobs) == (["visits.count_steps"], 1)


def test_its_rows_are_written_to_files(used, tmp_path):
    with used.read() as uow:
        export_plugin(uow, "visits", tmp_path / "out")
    trip = json.loads((tmp_path / "out" / "visits__trip.jsonl").read_text())
    assert trip == {"id": 1, "name": "A", "last_stop_id": None}
    assert json.loads((tmp_path / "out" / "plan.json").read_text())["jobs"] == 1


def test_a_purge_leaves_nothing_of_it_and_all_of_the_core(used, make_kit):
    with pytest.raises(RunningPluginError), used.work() as uow:
        purge_plugin(uow, "visits", is_installed=True)
    with used.work() as uow:
        switch_plugin(uow, "visits", is_enabled=False)
    with used.work() as uow:
        purge_plugin(uow, "visits", is_installed=False)
    with used.read() as uow:
        assert plan_uninstall(uow, "visits").is_empty
        names = inspect(uow.session.connection()).get_table_names()
        assert not [name for name in names if "visits" in name]
    kit = make_kit()
    assert "visits" not in kit.crm.plugins.entries
    assert kit.lead("After").id


def test_an_installed_plugin_that_was_purged_begins_anew(used, make_kit, visits):
    with used.work() as uow:
        switch_plugin(uow, "visits", is_enabled=False)
    with used.work() as uow:
        purge_plugin(uow, "visits", is_installed=True)
    kit = make_kit(visits)
    assert state_of(kit) is State.NEEDS_MIGRATION
    assert kit.crm.upgrade() == ["visits"]
    assert state_of(kit) is State.ACTIVE
