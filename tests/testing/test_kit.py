"""The kit for plugin authors, tried with pytest inside pytest."""

import subprocess
import sys

import pytest
from sqlalchemy import inspect

import crmkit.testing
from crmkit.core import (
    LeadDraft,
    Role,
    StageDraft,
    activities_of,
    add_stage,
    create_lead,
    get_contact,
    get_lead,
    list_stages,
    win_lead,
)
from crmkit.hooks import lead_created, lead_lost, lead_won
from crmkit.testing import HookRecorder
from crmkit.testing.fixtures import NotInstalledError

HEAVY = ["sqlalchemy", "pydantic", "hypothesis", "crmkit.core", "alembic", "fastapi"]


def test_the_pytest_plugin_imports_nothing_heavy():
    program = (
        "import sys, crmkit.testing.plugin\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run(  # noqa: S603  (our own interpreter)
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there():
    for name in crmkit.testing.__all__:
        assert getattr(crmkit.testing, name).__doc__
    with pytest.raises(AttributeError):
        crmkit.testing.nothing  # noqa: B018


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_each_test_has_a_database_of_its_own(crm, turn):
    with crm.work() as uow:
        assert list_stages(uow) == []
        stage = add_stage(uow, StageDraft(name=f"Stage {turn}"))
        lead = create_lead(uow, LeadDraft(name="Pump"))
    assert (stage.id, lead.id) == (1, 1)


@pytest.mark.parametrize("turn", [1, 2])
def test_a_table_that_a_test_made_is_not_there_in_the_next(crm, turn):
    with crm.work() as uow:
        connection = uow.session.connection()
        connection.exec_driver_sql("CREATE TABLE made_by_a_test (id INTEGER)")
        tables = inspect(connection).get_table_names()
        assert turn
        assert "made_by_a_test" in tables


def test_the_kits_people_work_in_their_teams(kit):
    with kit.read(kit.tom) as uow:
        assert uow.actor.team_ids == (kit.lyon,)
    with kit.read(kit.oli) as uow:
        assert uow.actor.team_ids == (kit.oslo,)
    lead = kit.lead("Pump", stage_id=kit.proposal)
    assert (lead.probability, lead.owner_id, lead.team_id) == (50, kit.ann, kit.lyon)


def test_no_installed_plugin_is_loaded_unless_it_is_named(crm):
    assert crm.plugins.entries == {}


def test_the_clock_stands_still_until_it_is_moved(crm, clock):
    with crm.read() as uow:
        before = uow.now()
        assert (uow.today().isoformat(), before.hour) == ("2026-11-24", 9)
        clock.advance(days=1, hours=-1)
        assert (uow.now() - before).total_seconds() == 23 * 3600


OUTSIDE = """
import pytest

@pytest.mark.plugins("no_such_plugin")
def test_of_an_absent_partner(crm): ...

@pytest.mark.realdata
def test_of_real_data(real_data): ...

@pytest.mark.soak
def test_of_many_hours(): ...

@pytest.mark.databases("postgresql")
def test_of_the_other_database(crm): ...

def test_of_this(crm, kit):
    assert kit.lead().id == 1
    assert crm.engine.dialect.name == "sqlite"
"""


def test_what_cannot_be_asked_is_deselected_not_skipped(tmp_path, monkeypatch):
    (tmp_path / "test_outside.py").write_text(OUTSIDE)
    monkeypatch.setenv("CRMKIT_TEST_DATABASES", "sqlite")
    monkeypatch.setenv("CRMKIT_PROFILE", "gate")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(  # noqa: S603  (our own interpreter)
        command, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "1 passed, 4 deselected" in done.stdout, done.stdout + done.stderr


def test_a_database_that_is_none_is_refused_with_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "test_outside.py").write_text(OUTSIDE)
    monkeypatch.setenv("CRMKIT_TEST_DATABASES", "oracle")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "sqlite, postgresql or both, not oracle" in done.stdout + done.stderr


def test_the_kit_makes_what_a_test_is_about(kit):
    lead = kit.lead("Valve")
    contact = kit.contact("Zoé", email="zoe@example.org")
    activity = kit.activity(lead, summary="Call back")
    nils = kit.user("Nils", Role.TEAM)
    team = kit.team("Bergen", nils, kit.ann)
    with kit.read(nils) as uow:
        assert uow.actor.team_ids == (team,)
        assert activity.due_on == uow.today()
    with kit.read(kit.ann) as uow:
        assert get_contact(uow, contact.id).email == "zoe@example.org"
        assert [one.id for one in activities_of(uow, get_lead(uow, lead.id))] == [
            activity.id
        ]


def test_a_recorder_notes_the_hooks_that_were_called(make_kit):
    recorder = HookRecorder().listen(lead_created, lead_lost, lead_won)
    kit = make_kit(recorder.plugin)
    lead = kit.lead("Valve")
    with kit.work() as uow:
        win_lead(uow, get_lead(uow, lead.id))
    assert recorder.names == ["lead_created", "lead_won"]
    assert [one.name for one in recorder.calls[0].context.leads] == ["Valve"]


def test_a_plugin_that_is_not_installed_cannot_be_asked_for(with_plugins):
    with pytest.raises(NotInstalledError, match="nowhere"):
        with_plugins("nowhere")


def test_without_names_no_installed_plugin_is_loaded(with_plugins):
    assert with_plugins().crm.plugins.entries == {}


def test_the_door_answers_the_people_of_the_kit(kit, crm_door):
    kit.lead("Valve")
    assert "Valve" in crm_door.person("ann").get("/leads").text
    assert crm_door.script("oli").get("/leads").json()["items"] == []
