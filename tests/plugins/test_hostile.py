"""Hostile plugins: whatever one does, the core works, and the doctor names it."""

from __future__ import annotations

import logging
import shutil

import pytest
from sqlalchemy import text

from crmkit.cli.doctor.plugins import find_broken_plugins
from crmkit.core import (
    State,
    get_lead,
    get_stage,
    move_lead,
    plan_uninstall,
    switch_plugin,
)
from crmkit.core.leads import FailedCheckError
from crmkit.core.migrate import FailedMigrationsError

from tests.plugins.hostile import EVERY, forget, install
from tests.web.doors import open_door

# What the doctor says of each that cannot run. The others run, and what they do wrong
# later is told below.
BROKEN = {
    "bad_import": (State.FAILED, "no module named abacus"),
    "bad_register": (State.FAILED, "bad_register"),
    "bad_relationship": (State.FAILED, "'Nobody'"),
    "bad_table": (State.FAILED, "Its table “lead” is not named bad_table__…."),
    "bad_needs": (State.BLOCKED, "“no_such_plugin”, which is not installed"),
    "bad_circle_a": (State.BLOCKED, "bad_circle_a → bad_circle_b → bad_circle_a"),
    "bad_circle_b": (State.BLOCKED, "require each other"),
    "bad_api": (State.INCOMPATIBLE, "It speaks plugin API 99, not 1."),
    "bad_pending": (State.NEEDS_MIGRATION, "Its migrations were not run yet."),
    "bad_migration": (State.NEEDS_MIGRATION, "Its migrations were not run yet."),
    "bad_leaving": (State.NEEDS_MIGRATION, "Its migrations were not run yet."),
    "bad_hook_name": (State.FAILED, "Did you mean “lead_won”?"),
    "bad_signature": (State.FAILED, "lead"),
    "bad_routes": (State.FAILED, "is there twice"),
    "bad_twin": (State.CONFLICT, "Two installed packages have this id"),
}


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder in which packages are installed."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    yield folder
    forget()


def test_all_at_once_leave_the_core_working_and_are_told_apart(make_kit, site):
    kit = make_kit(*install(site, *EVERY))
    states = {key: entry.state for key, entry in kit.crm.plugins.entries.items()}
    fine = {key for key, state in states.items() if state is State.ACTIVE}
    assert fine == {
        *("bad_hooks", "bad_sql", "bad_routes", "bad_slow_hook", "bad_slow_import")
    }
    # `bad_routes` fails only where its routes are mounted, as the doctor does.
    told = {one.about: one for one in find_broken_plugins(kit.crm, frozenset())}
    assert set(told) == {f"plugin {name}" for name in BROKEN}
    for name, (state, said) in BROKEN.items():
        problem = told[f"plugin {name}"]
        assert problem.sentence.startswith(f"It is {state}.")
        assert said in problem.sentence
        assert problem.remedy
        assert bool(problem.trace) == (state is State.FAILED)
    lead = kit.lead("Pump station")
    assert kit.fresh(lead).name == "Pump station"


def test_a_plugin_that_raises_in_each_form_of_hook(make_kit, site):
    kit = make_kit(*install(site, "bad_hooks", "bad_sql"))
    lead = kit.lead()
    assert lead.probability == 10
    with kit.work(kit.eve) as uow, pytest.raises(FailedCheckError, match="“bad_hooks”"):
        move_lead(uow, get_lead(uow, lead.id), get_stage(uow, kit.proposal))
    with open_door(kit) as door:
        page = door.person("eve").get(f"/leads/{lead.id}")
        assert page.status_code == 200
        shown = door.person("eve").get("/settings/plugins/bad_hooks").text
        assert "check_lead_move" in shown
    failed = {
        hook for (_, hook), one in kit.crm.timings.by_hook.items() if one.failures
    }
    assert {"lead_created", "estimate_probability", "check_lead_move"} <= failed


def test_a_clash_of_routes_fails_its_plugin_at_the_door(make_kit, site):
    kit = make_kit(*install(site, "bad_routes"))
    with open_door(kit) as door:
        assert door.person("eve").get("/pipeline").status_code == 200
        shown = door.script("eve").get("/plugins/bad_routes").json()
    assert shown["state"] == "failed"
    assert shown["error"] == "Its address GET /p/bad_routes/home is there twice."


def test_a_migration_that_fails_half_way_is_rolled_back_alone(make_kit, site):
    kit = make_kit(*install(site, "bad_migration"))
    with pytest.raises(FailedMigrationsError, match="half-way"):
        kit.crm.upgrade()
    kit.crm.settle()
    assert kit.crm.plugins.entries["bad_migration"].state is State.NEEDS_MIGRATION
    with kit.read() as uow:
        assert plan_uninstall(uow, "bad_migration").is_empty
    assert kit.lead().id


def test_a_plugin_that_disappears_while_active_leaves_its_data(make_kit, site):
    found = install(site, "bad_leaving")
    kit = make_kit(*found)
    kit.crm.upgrade()
    kit.lead()
    shutil.rmtree(site / "crmkit_bad_leaving")
    forget()
    # The process that has it goes on; the next one does without.
    kit.lead()
    for after in (make_kit(*found), make_kit()):
        assert after.lead().id
    entry = after.crm.plugins.entries["bad_leaving"]
    assert entry.state is State.ORPHANED
    with after.read() as uow:
        assert plan_uninstall(uow, "bad_leaving").tables["bad_leaving__note"] == 2


def test_slow_hooks_and_imports_are_measured(make_kit, site, caplog):
    kit = make_kit(*install(site, "bad_slow_hook", "bad_slow_import"))
    with caplog.at_level(logging.WARNING, "crmkit.slow"):
        kit.lead()
    assert "bad_slow_hook" in caplog.text
    assert kit.crm.timings.by_hook["bad_slow_hook", "lead_created"].seconds > 0.2
    assert kit.crm.plugins.entries["bad_slow_import"].import_seconds > 0.25


@pytest.mark.databases("postgresql")
def test_a_switch_is_obeyed_by_every_process_from_its_next_request_on(make_kit, site):
    plugins = install(site, "bad_sql", "bad_leaving")
    one, two = make_kit(*plugins), make_kit(*plugins)
    one.crm.upgrade()
    two.crm.settle()
    with open_door(one) as here, open_door(two) as there:
        before = here.lead("Before")["id"]
        assert notes(two) == 1
        there.script("eve").patch("/plugins/bad_leaving", {"enabled": False})
        assert here.lead("Silent")["id"] > before
        assert notes(two) == 1
        states = [
            door.script("eve").get("/plugins/bad_leaving").json()["state"]
            for door in (here, there)
        ]
        assert states == ["disabled", "disabled"]
    with two.work() as uow:
        switch_plugin(uow, "bad_leaving", is_enabled=True)
    one.lead()
    assert notes(two) == 2


def notes(kit):
    with kit.read() as uow:
        return uow.session.scalar(text("SELECT count(*) FROM bad_leaving__note"))
